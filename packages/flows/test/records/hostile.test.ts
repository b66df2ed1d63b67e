import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { readSuricataEve, readZeekConn } from "@mlsec/flows";
import { MlsecError } from "@mlsec/preprocess";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordsOf, rejectionOf } from "../support.js";

const TABS = [
  "#separator \\x09",
  "#unset_field\t-",
  "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\torig_bytes",
  "1591367999.305988\t10.0.0.1\t40000\t10.0.0.2\t80\ttcp\tSF\t12",
  "1591368000.305988\tfe80::1\t40001\tfe80::2\t53\tudp\tS0\t-",
].join("\n");
const JSON_LINES = [
  '{"ts":1.5,"id":{"orig_h":"a","orig_p":1,"resp_h":"b","resp_p":2},"proto":"tcp","conn_state":"S0","x":[{"y":"]"}]}',
  '{"ts":"2020-06-05T14:39:59Z","id.orig_h":"a","id.orig_p":1,"id.resp_h":"b","id.resp_p":2,"proto":"tcp","conn_state":"S0"}',
].join("\n");
const EVE = [
  '{"event_type":"flow","src_ip":"a","src_port":1,"dest_ip":"b","dest_port":2,"proto":"TCP","flow":{"pkts_toserver":3,"start":"2026-01-02T03:04:05.25+0100"},"tcp":{"tcp_flags_ts":"1b"}}',
  '{"event_type":"netflow","flow_id":7,"src_ip":"a","dest_ip":"b","proto":"ICMP","icmp_type":8,"icmp_code":0,"netflow":{"pkts":1}}',
].join("\n");

describe.each([
  ["conn.log with tabs", TABS, readZeekConn],
  ["conn.log of JSON", JSON_LINES, readZeekConn],
  ["eve.json", EVE, readSuricataEve],
] as const)("a damaged %s", (_, text, read) => {
  it("becomes records or an MlsecError, whatever was damaged", async () => {
    const bytes = new TextEncoder().encode(text);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(40), fc.constantFrom("set", "cut", "repeat"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.constantFrom("error", "missing", "drop-row"),
        async (changes, policy) => {
          let damaged: number[] = [...bytes];
          for (const [at, byte, length, kind] of changes) {
            if (kind === "set") damaged[at % damaged.length] = byte;
            else if (kind === "cut") damaged.splice(at, Math.min(length, damaged.length - 1));
            else damaged = [...damaged.slice(0, at + length), ...damaged.slice(at)];
          }
          const outcome = await recordsOf(read(Uint8Array.from(damaged), { policy, events: "netflow" } as never)).catch(
            (error: unknown) => error,
          );
          if (!Array.isArray(outcome)) expect(outcome).toBeInstanceOf(MlsecError);
          else for (const record of outcome) expect([record.sourcePort, record.state]).not.toContain(undefined);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("limits", () => {
  const line = (address: string): string => TABS.replace("10.0.0.1", address);

  it("hold for texts, lines and nesting", async () => {
    expect(await recordsOf(readZeekConn(line("a".repeat(512))))).toHaveLength(2);
    expect(await recordsOf(readZeekConn(line("a".repeat(513)), { policy: "missing" }))).toHaveLength(1);
    const deep = `{"event_type":"flow","flow":${'{"flow":'.repeat(20_000)}1${"}".repeat(20_000)}}`;
    expect((await rejectionOf(recordsOf(readSuricataEve(deep)))).code).toBe("record-issues");
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(1 << 20).fill(0x61);
    }
    expect((await rejectionOf(recordsOf(readZeekConn(endless())))).code).toBe("json-line-too-long");
  });

  it("records of long lines do not keep them in memory", async () => {
    // 100 lines of 2 MB, each with an address of its own: kept, they would be 200 MB.
    async function* long(): AsyncGenerator<Uint8Array> {
      const encoder = new TextEncoder();
      const header = TABS.split("\n").slice(0, 2).join("\n");
      yield encoder.encode(`${header}\n${TABS.split("\n")[2]!}\tnote\n`);
      for (let at = 0; at < 100; at++) {
        const cells = TABS.split("\n")[3]!.replace("10.0.0.1", `fe80:0000:0000:0000::${at + 1000}`);
        yield encoder.encode(`${cells}\t${"x".repeat(2e6)}\n`);
      }
    }
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    gc();
    const before = process.memoryUsage().heapUsed;
    const records = await recordsOf(readZeekConn(long()));
    gc();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50e6);
    expect(records).toHaveLength(100);
  });
});
