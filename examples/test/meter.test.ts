import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IpProtocol, type PacketSpec, TcpFlag, writePcap } from "@mlsec/flows";
import { readCsv } from "@mlsec/preprocess";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ended, run, start } from "./run-program.js";

let folder: string;
const path = (name: string): string => join(folder, name);
const capture = writePcap(packets());

/** 50 connections of a SYN, an answer and a request, a second apart. */
function* packets(): Generator<PacketSpec> {
  for (let k = 0; k < 50; k++) {
    const there = { source: "192.0.2.1", sourcePort: 2000 + k, destination: "192.0.2.9", destinationPort: 80 };
    const back = { source: "192.0.2.9", sourcePort: 80, destination: "192.0.2.1", destinationPort: 2000 + k };
    const at = { protocol: IpProtocol.tcp, time: 1_767_000_000_000_000 + k * 1_000_000 };
    yield { ...there, ...at, flags: TcpFlag.syn };
    yield { ...back, ...at, time: at.time + 100, flags: TcpFlag.syn | TcpFlag.ack };
    yield { ...there, ...at, time: at.time + 200, payload: 100 };
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlsec-meter-"));
  await writeFile(path("web.pcap"), capture);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("meter", () => {
  it("writes the columns of each profile, identifiers first", async () => {
    for (const [profile, first, columns] of [
      ["cic2017", "Flow ID, Source IP, Source Port, Destination IP", 84],
      ["cic-fixed", "Flow ID,Src IP,Src Port,Dst IP", 93],
    ] as const) {
      const out = path(`${profile}.csv`);
      const { code, output } = await run("meter.ts", "--source", path("web.pcap"), "--profile", profile, "--out", out);
      expect([code, output]).toEqual([0, expect.stringContaining("150 packets, 50 flows.")]);
      const csv = await readFile(out, "utf8");
      expect(csv.startsWith(first)).toBe(true);
      const table = await readCsv(csv);
      expect([table.rows, table.names.length]).toEqual([50, columns]);
    }
  });

  it("reads a pipe, and says what of it could not be read", async () => {
    const child = start("meter.ts", ["--source", "-", "--format", "pcap", "--profile", "cic-fixed", "--out", "-"]);
    child.stdin!.end(capture.subarray(0, capture.length - 10));
    const { code, output } = await ended(child);
    expect(code).toBe(0);
    expect(output.split("\n").filter((line) => line.startsWith("192.0.2.1-")).length).toBe(50);
    expect(output).toMatch(/Could not be read: cut-off 1\.\n {2}packet 150, byte \d+: the file ends/);
  });

  it("tells in one paragraph what is wrong", async () => {
    await writeFile(path("text.pcap"), "Flow ID,Src IP");
    const bad = await run(
      "meter.ts",
      "--source",
      path("text.pcap"),
      "--profile",
      "cic2017",
      "--out",
      path("never.csv"),
    );
    expect([bad.code, bad.output]).toEqual([1, expect.stringMatching(/neither pcap nor pcapng/)]);
    await expect(readFile(path("never.csv"))).rejects.toThrow();
    const unknown = await run("meter.ts", "--source", path("web.pcap"), "--profile", "cic", "--out", path("never.csv"));
    expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining("cic2017")]);
  });
});
