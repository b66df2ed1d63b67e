import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trainAttackClassifier } from "@mlsec/attack-tree";
import { loadDetector, saveBundle } from "@mlsec/bundle";
import { flowTable, type PacketIssues, readPackets } from "@mlsec/flows";
import { trainThreatDetector } from "@mlsec/threat-ensemble";
import { describe, expect, it } from "vitest";
import { type Capture, captureSource } from "../data/capture.js";
import {
  attackLines,
  BENIGN,
  FLOW_CLASSES,
  generateCapture,
  generateConnections,
  generateFlows,
  labeller,
} from "../data/index.js";
import { ALL_ATTACKS } from "../data/mixes.js";
import { metered } from "./metered-traffic.js";
import { run } from "./run-program.js";

async function bytesOf({ pieces }: Capture): Promise<Buffer> {
  return Buffer.concat([...pieces]);
}
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

describe("a generated capture", () => {
  it("has these very bytes and attacks on every runtime, and others for another seed", async () => {
    const capture = generateCapture({ connections: 400, seed: 1 });
    expect(digest(await bytesOf(capture))).toBe("1da86a4c84a60787");
    expect(digest(Buffer.from([...attackLines(capture.attacks)].join("")))).toBe("f944cc081016d135");
    expect(digest(await bytesOf(generateCapture({ connections: 400, seed: 2 })))).not.toBe("1da86a4c84a60787");
    expect(() => generateCapture({ connections: 0 })).toThrow(/positive integer/);
    expect(() => generateCapture({ connections: 20 })).toThrow(/too few/);
  });

  it("is written by the program, byte for byte, with its attacks beside it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mlsec-traffic-"));
    const [out, labels, json] = ["traffic.pcap", "new/attacks.csv", "summary.json"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const wanted = ["--dataset", "capture", "--rows", "400", "--random-state", "1"];
    const { code, output } = await run("generate.ts", ...wanted, "--out", out, "--labels", labels, "--json", json);
    expect([code, output]).toEqual([0, expect.stringMatching(/a generated capture of \d+ bytes with \d+ attacks/)]);
    const capture = generateCapture({ connections: 400, seed: 1 });
    expect(digest(await readFile(out))).toBe(digest(await bytesOf(capture)));
    expect(await readFile(labels, "utf8")).toBe([...attackLines(capture.attacks)].join(""));
    expect(JSON.parse(await readFile(json, "utf8"))).toMatchObject({ attacks: capture.attacks.length, seed: 1 });
    await rm(folder, { recursive: true });
  });

  it("is read without an issue, in the order of time, with all of its headers", async () => {
    const issues: PacketIssues[] = [];
    let last = 0;
    let packets = 0;
    const onIssues = (found: PacketIssues): void => void issues.push(found);
    for await (const { time, version, captured, length } of readPackets(
      captureSource(generateCapture({ connections: 2000 })),
      { onIssues },
    )) {
      expect(time >= last && version === 4 && captured === Math.min(96, length) && length >= 60).toBe(true);
      last = time;
      packets++;
    }
    expect(issues).toEqual([]);
    expect(packets).toBeGreaterThan(10_000);
  });

  it("has every kind of attack, and labels that addresses confirm", async () => {
    const { attacks, flows, records } = await metered(() => generateCapture({ connections: 3000 }));
    expect(new Set(attacks.map(({ label }) => label))).toEqual(new Set(ALL_ATTACKS.keys()));
    const labelOf = labeller(attacks);
    // Attackers have addresses of their own, but for packets that claim to come from where they go to.
    const isForeign = (address: string): boolean => address.startsWith("172.") || address.startsWith("100.");
    for (const item of [...flows, ...records]) {
      const { source, destination } = item;
      const isAttack = isForeign(source) || isForeign(destination) || source === destination;
      expect([item, labelOf(item) !== BENIGN]).toEqual([item, isAttack]);
    }
    const labels = new Set(flows.map(labelOf));
    expect(FLOW_CLASSES.filter((label) => !labels.has(label))).toEqual([]);
    expect(new Set(records.map(labelOf))).toEqual(new Set([BENIGN, ...ALL_ATTACKS.keys()]));
  });

  it("labels by time, too: what an attacker does before and after its attack is none", () => {
    const attack = { label: "DDoS", attacker: "100.64.1.0/24", victim: "192.168.0.9", from: 100, to: 200 };
    const labelOf = labeller([attack, { ...attack, label: "Bot", attacker: "172.16.0.1", victim: null }]);
    const flow = { source: "100.64.1.77", destination: "192.168.0.9", start: 150 };
    expect(labelOf(flow)).toBe("DDoS");
    expect(labelOf({ ...flow, source: flow.destination, destination: flow.source })).toBe("DDoS");
    for (const other of [{ start: 99 }, { start: 201 }, { source: "100.64.11.77" }, { destination: "192.168.0.90" }])
      expect(labelOf({ ...flow, ...other })).toBe(BENIGN);
    expect(labelOf({ source: "192.168.0.3", destination: "172.16.0.1", start: 100 })).toBe("Bot");
  });
});

describe("models trained on generated tables", () => {
  const capture = (): Capture => generateCapture({ connections: 4000, seed: 91 });

  /** Share of the rows of each true label that `isRight` holds for. */
  function hits(truth: readonly string[], isRight: (row: number) => boolean): Map<string, number> {
    const counts = new Map<string, [right: number, all: number]>();
    for (const [row, label] of truth.entries()) {
      const [right, all] = counts.get(label) ?? [0, 0];
      counts.set(label, [right + (isRight(row) ? 1 : 0), all + 1]);
    }
    return new Map([...counts].map(([label, [right, all]]) => [label, right / all]));
  }

  it("find attacks among the connections of another capture, and hardly take ordinary use for them", async () => {
    const { pipeline } = await trainThreatDetector(await generateConnections({ rows: 3000, seed: 5 }), {
      members: ["ann"],
      rfeTrees: 10,
      epochs: 15,
    });
    const detector = await loadDetector(await saveBundle(pipeline));
    const { attacks, records, rows } = await metered(capture);
    const { codes } = detector.detectColumns(rows);
    const attack = detector.classes.indexOf("Attack");
    const found = hits(records.map(labeller(attacks)), (row) => codes[row] === attack);
    expect(found.get(BENIGN)).toBeLessThan(0.06);
    for (const label of ["SYN Flood", "Host Sweep", "Vertical Scan", "Slow Scan", "Echo Flood", "PortScan", "DDoS"])
      expect([label, found.get(label)! > 0.9]).toEqual([label, true]);
    // What was said is not in headers.
    expect(found.get("Web Probe")).toBeLessThan(0.5);
  });

  it("name the attacks among the flows of another capture", async () => {
    const { pipeline } = await trainAttackClassifier(await generateFlows({ rows: 8000, seed: 5 }), {
      criterion: "entropy",
    });
    const detector = await loadDetector(await saveBundle(pipeline));
    const { attacks, flows } = await metered(capture);
    const { codes } = detector.detectColumns(flowTable(flows, { profile: "cic2017" }));
    const truth = flows.map(labeller(attacks));
    const found = hits(truth, (row) => detector.classes[codes[row]!] === truth[row]);
    for (const label of [BENIGN, "PortScan", "DDoS", "DoS Hulk", "FTP-Patator", "Infiltration"])
      expect([label, found.get(label)! > 0.85]).toEqual([label, true]);
  });
});
