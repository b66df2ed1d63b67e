import { gzipSync } from "node:zlib";
import { type ReadZeekConnOptions, RecordError, readZeekConn } from "@mlsec/flows";
import type { ReadIssues } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { recordsOf, rejectionOf } from "../support.js";

const HEADER = [
  "#separator \\x09",
  "#set_separator\t,",
  "#empty_field\t(empty)",
  "#unset_field\t-",
  "#path\tconn",
  "#open\t2026-01-01-00-00-00",
];
const FIELDS =
  "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state orig_pkts resp_pkts";

/** A log of the given fields and lines, both with spaces for tabs. */
function log(fields: string, ...lines: string[]): string {
  return [...HEADER, `#fields ${fields}`, ...lines, "#close 2026-01-01-01-00-00"]
    .map((line) => line.replaceAll(" ", "\t").replace("#separator\t", "#separator "))
    .join("\n");
}

const LINE = "1591367999.305988 CMd 192.168.4.76 36844 192.168.4.1 53 udp dns 0.066852 62 141 SF 2 2";
const RECORD = {
  start: 1_591_367_999_305_988,
  duration: 66_852,
  protocol: "udp",
  source: "192.168.4.76",
  sourcePort: 36_844,
  destination: "192.168.4.1",
  destinationPort: 53,
  service: "dns",
  state: "SF",
  sourceBytes: 62,
  destinationBytes: 141,
  sourcePackets: 2,
  destinationPackets: 2,
  sourceFrameBytes: null,
  destinationFrameBytes: null,
  wrongFragments: null,
  urgentPackets: null,
};

async function read(source: Parameters<typeof readZeekConn>[0], options?: ReadZeekConnOptions) {
  return recordsOf(readZeekConn(source, options));
}

/** Kinds, rows and columns of the issues that reading tells. */
async function issuesOf(source: Parameters<typeof readZeekConn>[0]): Promise<unknown[]> {
  const error = await rejectionOf(read(source));
  expect(error).toBeInstanceOf(RecordError);
  expect(error.code).toBe("record-issues");
  return (error.details["issues"] as ReadIssues["first"]).map(({ kind, row, column, value }) => [
    kind,
    row,
    column,
    value,
  ]);
}

describe("tab-separated logs", () => {
  it("become records by their header", async () => {
    expect(await read(log(FIELDS, LINE))).toEqual([RECORD]);
  });

  it("are read whatever the order of their fields, their separator and their names", async () => {
    const fields = FIELDS.split(" ");
    const cells = LINE.split(" ");
    const order = fields.map((_, at) => (at * 5) % fields.length);
    const shuffled = log(order.map((at) => fields[at]).join(" "), order.map((at) => cells[at]).join(" "));
    expect(await read(shuffled)).toEqual([RECORD]);
    const semicolons = shuffled.replaceAll("\t", ";").replace("\\x09", "\\x3b");
    expect(await read(semicolons)).toEqual([RECORD]);
    const renamed = FIELDS.replace("id.orig_h", "src_ip").replace("id.resp_p", "dst_port");
    expect(await read(log(renamed, LINE))).toEqual([RECORD]);
    const own = FIELDS.replace("conn_state", "how").replace("id.orig_h", "client");
    const rename = new Map([
      ["how", "conn_state"],
      ["client", "id.orig_h"],
    ]);
    expect(await read(log(own, LINE), { rename })).toEqual([RECORD]);
    expect(await read(log(own, LINE), { rename: Object.fromEntries(rename) })).toEqual([RECORD]);
  });

  it("have null for what is unset, and nothing for what is empty", async () => {
    const [record] = await read(log(FIELDS, "1.5 C 10.0.0.1 1 10.0.0.2 2 tcp (empty) - - - S0 - 0"));
    expect(record).toMatchObject({
      start: 1_500_000,
      duration: null,
      service: null,
      sourceBytes: null,
      sourcePackets: null,
    });
    expect(record!.destinationPackets).toBe(0);
    const other = log(FIELDS, "1.5 C 10.0.0.1 1 10.0.0.2 2 tcp ~ ~ ~ ~ S0 ~ 0").replace(
      "#unset_field\t-",
      "#unset_field\t~",
    );
    expect((await read(other))[0]).toEqual({ ...record, service: null });
  });

  it("have their escapes undone: bytes of UTF-8 together, others alone", async () => {
    const line = LINE.replace(" dns ", " d\\xc3\\xa9\\x2cs\\xff ");
    expect((await read(log(FIELDS, line)))[0]!.service).toBe("dé,s\\xff".replace("\\xff", "ÿ"));
  });

  it("may have a bare header, carriage returns, comments, a mark of byte order, and gzip", async () => {
    const bare = `${FIELDS}\n${LINE}\n`.replaceAll(" ", "\t");
    expect(await read(bare)).toEqual([RECORD]);
    const full = `\uFEFF#${" "}comment\n${log(FIELDS, LINE)}`.replaceAll("\n", "\r\n");
    expect(await read(new Uint8Array(gzipSync(full)))).toEqual([RECORD]);
  });

  it("follow each other as rotated files, each with its own header", async () => {
    const other = log(FIELDS.split(" ").reverse().join(" "), LINE.split(" ").reverse().join(" "));
    expect(await read([log(FIELDS, LINE), new Uint8Array(gzipSync(other)), log(FIELDS)])).toEqual([RECORD, RECORD]);
    // Without its own header, the second would be read by that of the first.
    const error = await rejectionOf(read([log(FIELDS, LINE), LINE.replaceAll(" ", "\t")]));
    expect([error.code, error.message.slice(0, 16)]).toEqual(["no-header", "source 2, line 1"]);
  });
});

describe("logs of JSON lines", () => {
  const json = {
    ts: 1591367999.305988,
    "id.orig_h": "192.168.4.76",
    "id.orig_p": 36844,
    "id.resp_h": "192.168.4.1",
    "id.resp_p": 53,
    proto: "udp",
    service: "dns",
    duration: 0.06685185432434082,
    orig_bytes: 62,
    resp_bytes: 141,
    conn_state: "SF",
    orig_pkts: 2,
    resp_pkts: 2,
    local_orig: true,
    tunnel_parents: ["C1"],
  };

  it("are the same records, nested or not, with times of any of Zeek's forms", async () => {
    const { "id.orig_h": orig_h, "id.orig_p": orig_p, "id.resp_h": resp_h, "id.resp_p": resp_p, ...rest } = json;
    const nested = { ...rest, id: { orig_h, orig_p, resp_h, resp_p, ctx: {} } };
    const iso = { ...json, ts: "2020-06-05T14:39:59.305988Z" };
    const lines = [json, nested, iso].map((line) => JSON.stringify(line)).join("\n");
    expect(await read(lines)).toEqual([RECORD, RECORD, RECORD]);
    const millis = JSON.stringify({ ...json, ts: 1591367999305 });
    expect((await read(millis))[0]!.start).toBe(1_591_367_999_305_000);
    // Zeek writes short times in this form.
    expect((await read(JSON.stringify({ ...json, duration: 9.5367431640625e-7 })))[0]!.duration).toBe(1);
  });

  it("lack what is not there, and pass over other logs of the same stream", async () => {
    const { service: _, duration: __, orig_bytes: ___, ...rest } = json;
    const lines = [
      { ...rest, _path: "conn" },
      { _path: "dns", query: "x" },
    ].map((line) => JSON.stringify(line));
    expect(await read(lines.join("\n"))).toEqual([{ ...RECORD, service: null, duration: null, sourceBytes: null }]);
  });

  it("are told apart where they are no objects", async () => {
    const good = JSON.stringify(json);
    expect(await issuesOf(`${good}\n{"ts":1,\n{"ts":1,"ts":2}\n`)).toEqual([
      ["bad-json", 1, null, '{"ts":1,'],
      ["duplicate-name", 2, "ts", "ts"],
      ["missing-value", 2, "proto", ""],
      ["missing-value", 2, "id.orig_h", ""],
      ["missing-value", 2, "id.orig_p", ""],
      ["missing-value", 2, "id.resp_h", ""],
      ["missing-value", 2, "id.resp_p", ""],
      ["missing-value", 2, "conn_state", ""],
    ]);
  });
});

describe("faults", () => {
  const faulty = [
    LINE.replace("1591367999.305988", "XXXXXXXXXX.XXXXXX"),
    LINE.replace("36844", "65536"),
    LINE.replace("SF", "SF2"),
    LINE.replace(" 62 ", " -62 "),
    LINE.replace(" 2 2", " 2"),
    LINE.replace("udp", "-"),
    LINE.replace("0.066852", "-0.1"),
  ];

  it("are told with row, field and value", async () => {
    expect(await issuesOf(log(FIELDS, LINE, ...faulty))).toEqual([
      ["not-a-time", 1, "ts", "XXXXXXXXXX.XXXXXX"],
      ["not-a-port", 2, "id.orig_p", "65536"],
      ["unknown-state", 3, "conn_state", "SF2"],
      ["not-a-number", 4, "orig_bytes", "-62"],
      ["ragged-row", 5, null, "13"],
      ["missing-value", 6, "proto", ""],
      ["not-a-number", 7, "duration", "-0.1"],
    ]);
    const error = await rejectionOf(read(log(FIELDS, LINE, ...faulty)));
    expect(error.message).toContain('line 9, field "ts": "XXXXXXXXXX.XXXXXX" is no time');
  });

  it("are treated as the policy says, and a line without what a record must have is none", async () => {
    let told: ReadIssues | undefined;
    const onIssues = (issues: ReadIssues): void => {
      told = issues;
    };
    const missing = await read(log(FIELDS, ...faulty, LINE), { policy: "missing", onIssues });
    expect(missing).toEqual([
      { ...RECORD, start: Number.NaN },
      { ...RECORD, sourceBytes: null },
      { ...RECORD, duration: null },
      RECORD,
    ]);
    expect([told!.total, told!.counts.length]).toEqual([7, 7]);
    expect(await read(log(FIELDS, ...faulty, LINE), { policy: "drop-row", onIssues })).toEqual([RECORD]);
    expect(told!.total).toBe(7);
  });

  it("end reading after the batches before theirs", async () => {
    const batches = readZeekConn(log(FIELDS, LINE, LINE, LINE, faulty[1]!, LINE), { batchRecords: 2 });
    expect((await batches.next()).value).toHaveLength(2);
    const error = await rejectionOf(batches.next());
    expect(error.details["total"]).toBe(1);
  });

  it("of the header are errors of their own, which name what is missing", async () => {
    const code = async (text: string): Promise<unknown[]> => {
      const error = await rejectionOf(read(text));
      return [error.code, error.message];
    };
    expect(await code("a,b,c\n1,2,3")).toEqual(["no-header", expect.stringContaining("line 1 comes before a header")]);
    const dns = log("ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto query").replace("#path\tconn", "#path\tdns");
    expect(await code(dns)).toEqual(["missing-field", expect.stringMatching(/named "dns": no field "conn_state"/)]);
    expect(await code(log(`${FIELDS} proto`))).toEqual([
      "bad-header",
      expect.stringContaining('"proto" is named twice'),
    ]);
    expect(await code("#separator ab\n")).toEqual(["bad-header", expect.stringContaining("one character")]);
    expect(await code(`#fields\t${Array.from({ length: 1025 }, (_, at) => `f${at}`).join("\t")}`)).toEqual([
      "bad-header",
      expect.stringContaining("1024"),
    ]);
    expect((await rejectionOf(read("", { batchRecords: 0 }))).code).toBe("invalid-option");
  });
});

it("a batch holds what has come, without waiting for more", async () => {
  const bytes = new TextEncoder().encode(log(FIELDS, LINE));
  let asked = 0;
  async function* pipe(): AsyncGenerator<Uint8Array> {
    asked = 1;
    yield bytes;
    yield new TextEncoder().encode("\n");
    asked = 2;
    yield new TextEncoder().encode(`${LINE.replaceAll(" ", "\t")}\n`);
  }
  const batches = readZeekConn(pipe());
  expect((await batches.next()).value).toEqual([RECORD]);
  expect(asked).toBe(1);
  expect((await batches.next()).value).toEqual([RECORD]);
});
