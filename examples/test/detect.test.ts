import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectorOf, loadBundle } from "@mlsec/bundle";
import { kddFeatures, meterTable, readConnections, writePcap } from "@mlsec/flows";
import { toCsv } from "@mlsec/preprocess";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attackBundle, captureOf, inVxlan, packetsOf, SCANNER, threatBundle } from "./live-traffic.js";
import { connLog, eveJson } from "./logs.js";
import { ended, run, start } from "./run-program.js";

let folder: string;
const path = (name: string): string => join(folder, name);
const VISITS = 60;
const capture = captureOf(VISITS, 2);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-detect-"));
  await Promise.all([
    writeFile(path("traffic.pcap"), capture),
    attackBundle("cic2017").then((bundle) => writeFile(path("attack.safetensors"), bundle)),
    attackBundle("cic-fixed", null).then((bundle) => writeFile(path("fixed.safetensors"), bundle)),
    threatBundle().then((bundle) => writeFile(path("threat.safetensors"), bundle)),
  ]);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Line {
  readonly start: string;
  readonly source: string;
  readonly destinationPort: number;
  readonly class: string | null;
  readonly probability: number | null;
  readonly isAttack: boolean | null;
  readonly threat?: { readonly class: string };
  readonly attack?: { readonly class: string } | null;
}

const detect = (...args: string[]) => run("detect.ts", ...args);
const capturedWith = (...bundles: string[]): string[] => [
  ...["--source", path("traffic.pcap")],
  ...bundles.flatMap((bundle) => ["--bundle", path(bundle)]),
];
const linesOf = (output: string): Line[] =>
  output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

const DATA = process.env["MLSEC_DATA"];

describe.skipIf(DATA === undefined)("a model of a published dataset", () => {
  it.each([
    ["cic2017", "original-sample.csv"],
    ["cic-improved", "improved-sample.csv"],
  ])("trained as %s judges traffic with every column it reads, and finds the scan", async (profile, name) => {
    const out = path(profile);
    const data = ["--train-csvs", join(DATA!, "cicids2017", name), "--other-labels", "keep"];
    const trained = await run("train-attack.ts", ...data, "--flow-profile", profile, "--out-dir", out);
    expect([trained.code, trained.output]).toEqual([0, expect.stringContaining("Accuracy")]);
    const { code, output } = await detect(...capturedWith(join(profile, "attack_classifier.safetensors")), "--json");
    expect([code, output]).toEqual([0, expect.not.stringContaining("Warning")]);
    const lines = linesOf(output);
    const [scan, visits] = [true, false].map((isScan) => lines.filter(({ source }) => (source === SCANNER) === isScan));
    const alarms = (of: readonly Line[]): number => of.filter(({ isAttack }) => isAttack).length / of.length;
    expect([scan!.length, visits!.length >= VISITS]).toEqual([VISITS, true]);
    expect(alarms(scan!)).toBeGreaterThan(0.9);
    expect(alarms(visits!)).toBeLessThan(0.05);
  });
});

describe("detect on a capture", () => {
  it("says of every flow what the model says of its metered features, and names the scan", async () => {
    const { code, output } = await detect(...capturedWith("attack.safetensors"), "--json");
    expect([code, output]).toEqual([0, expect.stringContaining("packets")]);
    const detector = detectorOf(await loadBundle(await readFile(path("attack.safetensors"))));
    const table = await meterTable(capture, { profile: "cic2017", sweep: true });
    const { codes, probabilities } = detector.detectColumns(table, { invalidRows: "skip" });
    const lines = linesOf(output);
    expect(lines.map(({ class: name, probability }) => [name, probability])).toEqual(
      Array.from(codes, (at, row) => [detector.classes[at], probabilities[row]]),
    );
    const scanned = lines.filter(({ source }) => source === SCANNER);
    expect(scanned.length).toBe(VISITS);
    expect(scanned.filter((line) => line.class === "PortScan" && line.isAttack).length).toBeGreaterThan(0.9 * VISITS);
    expect(output).toMatch(/flows and connections, \d+ of them attacks: .*PortScan \d+/);
  });

  it("judges connections with a threat detector, and warns once of what headers do not tell", async () => {
    const { code, output } = await detect(...capturedWith("threat.safetensors"));
    expect(code).toBe(0);
    const lines = output.split("\n").filter((line) => line.startsWith("2025-12-29T"));
    expect(lines.length).toBe(2 * VISITS);
    const alarms = lines.filter((line) => / Attack [01]\.\d{4}$/.test(line));
    expect(alarms.filter((line) => line.includes(` ${SCANNER}:`)).length).toBeGreaterThan(0.9 * VISITS);
    expect(
      output.match(/Warning: .*reads columns that headers do not tell.*logged_in\. .* of the verdicts/g),
    ).toHaveLength(1);
    expect(output).toContain("that nothing told, so that they were 0: logged_in (all rows)");
  });

  it("has a threat detector's alarms named by the flows of the same packets, from a file as from a pipe", async () => {
    const args = [...capturedWith("attack.safetensors", "threat.safetensors"), "--json"];
    const { code, output } = await detect(...args);
    expect(code).toBe(0);
    const lines = linesOf(output);
    expect(lines.length).toBe(2 * VISITS);
    for (const { threat, attack, class: name } of lines) {
      if (threat!.class === "Normal") expect([attack, name]).toEqual([null, "Normal"]);
      else expect(name).toBe(attack?.class === "PortScan" ? "PortScan" : "Attack");
    }
    const named = lines.filter((line) => line.source === SCANNER && line.class === "PortScan");
    expect(named.length).toBeGreaterThan(0.9 * VISITS);

    const child = start("detect.ts", ["--source", "-", ...args.slice(2)]);
    for (let at = 0; at < capture.length; at += 1000) child.stdin!.write(capture.subarray(at, at + 1000));
    child.stdin!.end();
    const piped = linesOf((await ended(child)).output);
    const inOrder = (of: Line[]): string[] => of.map((line) => JSON.stringify(line)).sort();
    expect(inOrder(piped)).toEqual(inOrder(lines));
  });

  it("gives verdicts before the input ends", { timeout: 60_000 }, async () => {
    const child = start("detect.ts", ["--source", "-", "--bundle", path("attack.safetensors"), "--json"]);
    const first = new Promise<string>((resolve) => child.stdout!.once("data", (piece) => resolve(String(piece))));
    const all = ended(child);
    // Half the capture; the pipe stays open.
    child.stdin!.write(capture.subarray(0, capture.length / 2));
    expect(linesOf(await first).length).toBeGreaterThan(0);
    expect(child.exitCode).toBeNull();
    child.stdin!.end(capture.subarray(capture.length / 2));
    const { code, output } = await all;
    expect([code, linesOf(output).length]).toEqual([0, expect.any(Number)]);
    expect(linesOf(output).length).toBeGreaterThan(2 * VISITS - 1);
  });
});

describe("detect on live traffic", () => {
  it("judges all that has come when Ctrl-C ends it, and counts it", async () => {
    const args = ["--bundle", path("attack.safetensors"), "--json"];
    const whole = await detect(...capturedWith("attack.safetensors"), "--json");
    const child = start("detect.ts", ["--source", "-", ...args]);
    const all = ended(child);
    // The pipe stays open: nobody but Ctrl-C ends it.
    child.stdin!.write(capture);
    await new Promise((resolve) => child.stdout!.once("data", resolve));
    child.kill("SIGINT");
    const { code, output } = await all;
    expect([code, output]).toEqual([0, expect.stringMatching(/^\d+ packets, \d+ flows/m)]);
    expect(linesOf(output)).toEqual(linesOf(whole.output));
  });

  it("does not wait for traffic when something is wrong from the start", async () => {
    const child = start("detect.ts", ["--source", "-", "--bundle", path("fixed.safetensors")]);
    expect(await ended(child)).toEqual({ code: 1, output: expect.stringContaining("say with --profile") });
  });
});

describe("detect on IPv6", () => {
  it("judges its flows where it is told to, and otherwise says how many packets it left out", async () => {
    const six = (address: string): string => `2001:db8::${address.split(".").at(-1)}`;
    const packets = packetsOf(VISITS, 2).map((packet) => ({
      ...packet,
      source: six(packet.source),
      destination: six(packet.destination),
    }));
    await writeFile(path("six.pcap"), writePcap(packets));
    const args = ["--source", path("six.pcap"), "--bundle", path("attack.safetensors"), "--json"];
    const without = await detect(...args);
    expect([without.code, linesOf(without.output)]).toEqual([0, []]);
    expect(without.output).toContain(`${packets.length} packets (left out: ${packets.length} IPv6), 0 flows`);
    const { code, output } = await detect(...args, "--ipv6");
    const scanned = linesOf(output).filter(({ source }) => source === six(SCANNER));
    expect([code, scanned.length]).toEqual([0, VISITS]);
    expect(scanned.filter((line) => line.class === "PortScan").length).toBeGreaterThan(0.9 * VISITS);
  });
});

describe("detect on a capture in a tunnel", () => {
  it.each(["attack", "threat"])("gives the verdicts of the packets in it, where it is told to: %s", async (kind) => {
    await writeFile(path("vxlan.pcap"), await inVxlan(capture));
    const bundle = `${kind}.safetensors`;
    const plain = linesOf((await detect(...capturedWith(bundle), "--json")).output);
    const tunnelled = ["--source", path("vxlan.pcap"), "--bundle", path(bundle), "--json"];
    const { code, output } = await detect(...tunnelled, "--tunnels", "open");
    expect([code, plain.length > VISITS]).toEqual([0, true]);
    // Frames are as long as they were with the tunnel.
    const withoutFrames = (lines: readonly Line[]) =>
      lines.map((line) => ({ ...line, sourceFrameBytes: 0, destinationFrameBytes: 0 }));
    expect(withoutFrames(linesOf(output))).toEqual(withoutFrames(plain));
    // Else there is a flow between the tunnel's ends, cut every 120 seconds, and nothing else.
    const closed = linesOf((await detect(...tunnelled)).output);
    expect(new Set(closed.map(({ source }) => source))).toEqual(new Set(["203.0.113.1"]));
  });
});

describe("detect on logs and tables", () => {
  it("judges a conn.log and an eve.json as the same connections of a capture", async () => {
    const records = [];
    for await (const record of readConnections(capture)) records.push(record);
    await writeFile(path("conn.log"), connLog(records));
    await writeFile(path("eve.json"), eveJson(records));
    const threat = ["--bundle", path("threat.safetensors"), "--json"];
    const lacking = /that nothing told, so that they were 0: (.*)\./;
    for (const [format, file] of [
      ["zeek", "conn.log"],
      ["eve", "eve.json"],
    ] as const) {
      const { code, output } = await detect("--source", path(file), "--format", format, ...threat);
      expect([code, output]).toEqual([0, expect.stringContaining(`${2 * VISITS} rows`)]);
      const scanned = linesOf(output).filter(({ source }) => source === SCANNER);
      expect(scanned.filter(({ isAttack }) => isAttack).length).toBeGreaterThan(0.9 * VISITS);
      const bytes = format === "eve" ? "src_bytes (all rows), " : "";
      expect(lacking.exec(output)?.[1]).toBe(`${bytes}logged_in (all rows)`);
    }
    // Suricata counts bytes with their headers: with an estimate of what is left the model has its column, and no warning of it.
    const eve = ["--source", path("eve.json"), "--format", "eve", "--payload", "estimate", ...threat];
    const { code, output } = await detect(...eve);
    expect([code, lacking.exec(output)?.[1]]).toEqual([0, "logged_in (all rows)"]);
    expect(linesOf(output).length).toBe(2 * VISITS);
    const packets = linesOf((await detect(...capturedWith("threat.safetensors"), "--json")).output);
    const logged = linesOf((await detect("--source", path("conn.log"), "--format", "zeek", ...threat)).output);
    expect(logged.map(({ class: name, source }) => [source, name])).toEqual(
      packets.map(({ class: name, source }) => [source, name]),
    );
  });

  it("judges the rows of a CSV, of a pipe as they come, in two stages where it has the columns of both", async () => {
    const flows = await meterTable(capture, { profile: "cic2017" });
    await writeFile(path("flows.csv"), toCsv(flows));
    const one = await detect("--source", path("flows.csv"), "--format", "csv", "--bundle", path("attack.safetensors"));
    expect([one.code, one.output]).toEqual([0, expect.stringContaining(`${flows.rows} rows, `)]);
    expect(one.output).toMatch(/^row 1 {2}(BENIGN|PortScan) \d/m);
    for await (const { table } of kddFeatures(readConnections(capture))) {
      const [threats, attacks] = [toCsv(table), toCsv(flows)].map((text) => text.trimEnd().split("\n"));
      const [header, ...rows] = threats!.slice(0, 50).map((row, at) => `${row},${attacks![at]}`);
      const some = `${Array.from({ length: 10 }, () => rows.join("\n")).join("\n")}\n`;
      expect(some.length).toBeGreaterThan(1 << 16);
      const child = start("detect.ts", [
        ...["--source", "-", "--format", "csv", "--json"],
        ...["--bundle", path("attack.safetensors"), "--bundle", path("threat.safetensors")],
      ]);
      const first = new Promise<string>((resolve) => child.stdout!.once("data", (piece) => resolve(String(piece))));
      const all = ended(child);
      child.stdin!.write(`${header}\n${some}`);
      expect(linesOf(await first)[0]).toMatchObject({ row: 0, threat: { class: expect.any(String) } });
      child.stdin!.end(some);
      expect(linesOf((await all).output).length).toBe(2 * 490);
      break;
    }
  });
});

describe("detect refuses", () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { code, output } = await detect(...args);
    expect([code, output]).toEqual([1, expect.stringContaining("Error: ")]);
    return output;
  };

  it("features of another profile than the model's, unless it is told to judge them", async () => {
    const other = [...capturedWith("attack.safetensors"), "--profile", "cic-fixed"];
    expect(await refused(...other)).toContain('the model\'s training rows under "cic2017"');
    const { code, output } = await detect(...other, "--any-profile");
    expect([code, output]).toEqual([
      0,
      expect.stringContaining("Warning: attack_classifier: The features were computed"),
    ]);
    // The columns of one profile are not all of the other's: the error says which are missing.
    expect(await refused(...other, "--any-profile", "--profile", "kdd")).toContain("columns that the model needs");
  });

  it("a model that does not say its profile, until it is said; then it warns", async () => {
    expect(await refused(...capturedWith("fixed.safetensors"))).toMatch(/say with --profile .* likeliest those of cic/);
    const { code, output } = await detect(...capturedWith("fixed.safetensors"), "--profile", "cic-fixed", "--json");
    expect([code, output]).toEqual([0, expect.stringContaining("does not say under which")]);
    expect(linesOf(output).some((line) => line.class === "PortScan")).toBe(true);
  });

  it("logs for a model of flows, two models of a kind, and three", async () => {
    const log = ["--source", path("traffic.pcap"), "--format", "zeek", "--bundle", path("attack.safetensors")];
    expect(await refused(...log)).toContain("which only packets give");
    expect(await refused(...capturedWith("attack.safetensors", "attack.safetensors"))).toContain("two-stage");
    const three = ["attack.safetensors", "threat.safetensors", "attack.safetensors"];
    expect(await refused(...capturedWith(...three))).toContain("--bundle is given once, or twice");
  });

  it("--payload of what is no eve.json, --ipv6 and --tunnels of what are no packets", async () => {
    const payload = [...capturedWith("threat.safetensors"), "--payload", "estimate"];
    expect(await refused(...payload)).toContain("--payload is about Suricata's counts of bytes");
    expect(await refused(...payload, "--format", "csv")).toContain("--payload is about Suricata's counts of bytes");
    const six = [...capturedWith("threat.safetensors"), "--format", "zeek", "--ipv6"];
    expect(await refused(...six)).toContain("--ipv6 is about packets");
    const open = [...capturedWith("threat.safetensors"), "--format", "eve", "--tunnels", "open"];
    expect(await refused(...open)).toContain("--tunnels is about packets");
  });

  it("what is no capture, and what is no bundle", async () => {
    await writeFile(path("text.pcap"), "Flow ID,Src IP");
    const text = await refused("--source", path("text.pcap"), "--bundle", path("attack.safetensors"));
    expect(text).toContain("neither pcap nor pcapng");
    const both = ["--bundle", path("attack.safetensors"), "--bundle", path("threat.safetensors")];
    expect(await refused("--source", path("text.pcap"), ...both)).toContain("neither pcap nor pcapng");
    expect(await refused(...capturedWith("traffic.pcap"))).toContain("bundle");
  });
});
