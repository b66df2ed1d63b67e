import { type CsvSource, MlsecError, readCsv, toCsv } from "@mlsec/preprocess";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Detector,
  type DetectRowsOptions,
  detectorOf,
  detectRows,
  detectStream,
  loadDetector,
  type RowsSummary,
  saveBundle,
} from "../src/index.js";
import { attackPipeline, connections, flows, threatPipeline } from "./pipelines.js";

let threat: Detector;
let attack: Detector;

beforeAll(async () => {
  threat = await loadDetector(await saveBundle(await threatPipeline()));
  attack = await loadDetector(await saveBundle(await attackPipeline()));
});

async function detected(
  detector: Detector,
  source: CsvSource,
  options: DetectRowsOptions = {},
): Promise<{ text: string; summary: RowsSummary }> {
  const rows = detectRows(detector, source, options);
  const pieces: Uint8Array[] = [];
  for await (const piece of rows) pieces.push(piece);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(pieces));
  return { text, summary: rows.summary };
}

async function codeOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => "no error",
    (error: unknown) => (error instanceof MlsecError ? error.code : String(error)),
  );
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("detectRows of CSV", () => {
  it("adds the verdicts of detectColumns to rows of which it changes no byte", async () => {
    for (const [detector, table] of [
      [threat, connections(5000, 7)],
      [attack, flows(5000, 7)],
    ] as const) {
      const csv = toCsv(table);
      const { text, summary } = await detected(detector, csv);
      const { codes, probabilities } = detector.detectColumns(table);
      const [header, ...rows] = csv.trimEnd().split("\n");
      const expected = rows.map((row, at) => `${row},${detector.classes[codes[at]!]},${probabilities[at]}`);
      expect(text).toBe(`${header},prediction,probability\n${expected.join("\n")}\n`);
      expect(summary).toMatchObject({ rows: 5000, skippedRows: 0, unseenCategories: {} });
      expect(summary.extraColumns).toEqual([table.names.at(-1)]);
      expect(Object.values(summary.classes).reduce((a, b) => a + b)).toBe(5000);
    }
  });

  it("keeps quotes, delimiter, line ends, byte order mark and foreign encodings", async () => {
    const csv = '\uFEFFnote;rate;"bytes";protocol\r\n"a;""b\r\nc";0.5;10;tcp\r\n\r\nx"y;0.25;"20";"udp"';
    const { text } = await detected(threat, csv, { delimiter: ";" });
    const rows = await readCsv(text, { delimiter: ";" });
    const { codes, probabilities } = threat.detectColumns(rows);
    const added = [0, 1].map((row) => `;${threat.classes[codes[row]!]};${probabilities[row]}`);
    expect(text).toBe(
      `\uFEFFnote;rate;"bytes";protocol;prediction;probability\r\n"a;""b\r\nc";0.5;10;tcp${added[0]}\r\nx"y;0.25;"20";"udp"${added[1]}\r\n`,
    );
    const windows = Uint8Array.from("note,rate,bytes,protocol\nM\xfcnchen,0.5,10,tcp\n", (char) => char.charCodeAt(0));
    const pieces: Uint8Array[] = [];
    for await (const piece of detectRows(threat, windows)) pieces.push(piece);
    expect(Buffer.concat(pieces).subarray(0, 34).toString("latin1")).toBe("note,rate,bytes,protocol,predictio");
    expect(Buffer.concat(pieces).includes(Buffer.from("M\xfcnchen,0.5,10,tcp,", "latin1"))).toBe(true);
  });

  it("gives the same bytes for any chunks", async () => {
    const csv = bytesOf(toCsv(flows(300, 3)));
    const whole = await detected(attack, csv);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4000 }), async (size) => {
        async function* chunks(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < csv.length; at += size) yield csv.subarray(at, at + size);
        }
        expect(await detected(attack, chunks())).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it("names the first row that cannot be judged, by its place in the file", async () => {
    const rows = Array.from({ length: 5000 }, (_, row) => (row === 4500 ? "1,,3" : row === 4600 ? "1,inf,3" : "1,2,3"));
    const csv = ` Flow Duration,Total Bytes,Idle Max\n${rows.join("\n")}\n`;
    await expect(detected(attack, csv)).rejects.toMatchObject({ code: "not-finite", details: { row: 4500 } });
    await expect(detected(attack, csv)).rejects.toThrowError(/^Row 4501, column "Total Bytes": missing\./);
    const huge = csv.replace("1,,3", "1,2,1e39").replace("1,inf,3", "1,2,3");
    await expect(detected(attack, huge)).rejects.toMatchObject({ code: "not-finite", details: { row: 4500 } });
  });

  it("leaves rows without a verdict in their place, filled up where they are short", async () => {
    const csv =
      "rate,bytes,protocol,note\n0.5,10,tcp,a\n,10,tcp,b\n0.5,x,tcp,c\n0.5,10\n0.5,10,tcp,d,e\n0.5,1e999,udp,f\n0.5,10,,g\n";
    const { text, summary } = await detected(threat, csv, { invalidRows: "skip" });
    const lines = text.split("\n");
    expect(lines[1]).toMatch(/^0\.5,10,tcp,a,(Normal|Attack),0\.\d+$/);
    expect(lines.slice(2, 7)).toEqual([
      "," + "10,tcp,b,,",
      "0.5,x,tcp,c,,",
      "0.5,10,,,,",
      "0.5,10,tcp,d,e",
      "0.5,1e999,udp,f,,",
    ]);
    expect(lines[7]).toMatch(/^0\.5,10,,g,(Normal|Attack),0\.\d+$/);
    expect(summary).toMatchObject({ rows: 7, skippedRows: 5, unseenCategories: { protocol: 1 } });
    expect(await codeOf(detected(threat, csv))).toBe("csv-issues");
  });

  it("gives a headerless file a header", async () => {
    const { text } = await detected(threat, "tcp,10,0.5,x y\n", { headers: ["protocol", "bytes", "rate", " note"] });
    expect(text).toMatch(/^protocol,bytes,rate, note,prediction,probability\ntcp,10,0.5,x y,/);
  });

  it("refuses files that do not fit before it reads a row", async () => {
    const missing = detected(threat, "Protocol,bytes\ntcp,1\n");
    await expect(missing).rejects.toMatchObject({
      code: "missing-feature",
      details: { missing: ["protocol", "rate"] },
    });
    const csv = "protocol,bytes,rate,prediction\ntcp,1,0.5,x\n";
    expect(await codeOf(detected(threat, csv))).toBe("name-taken");
    const names = { prediction: "verdict", probability: "p, of an attack" };
    const { text } = await detected(threat, csv, { names });
    expect(text).toMatch(/^protocol,bytes,rate,prediction,verdict,"p, of an attack"\ntcp,1,0.5,x,/);
    expect(await codeOf(detected(threat, csv, { names, extraColumns: "refuse" }))).toBe("extra-columns");
    const exact = await detected(threat, "protocol,bytes,rate\ntcp,1,0.5\n", { extraColumns: "refuse" });
    expect(exact.summary.extraColumns).toEqual([]);
  });
});

describe("detectRows of JSON lines", () => {
  const lines =
    '{"protocol":"tcp","bytes":10,"rate":0.5,"deep":{"a":[1,"}"]}}\r\n\n {"rate":1, "bytes":2, "protocol":"sctp" } \n';

  it("adds two members to each object", async () => {
    const { text, summary } = await detected(threat, lines, { format: "json-lines" });
    const out = text.trimEnd().split("\n");
    expect(out[0]).toMatch(/^\{"protocol":"tcp","bytes":10,"rate":0.5,"deep":\{"a":\[1,"\}"\]\},"prediction":"/);
    const verdicts = threat.detect([
      { protocol: "tcp", bytes: 10, rate: 0.5 },
      { protocol: "sctp", bytes: 2, rate: 1 },
    ]);
    for (const [row, { class: prediction, probability }] of verdicts.entries())
      expect(JSON.parse(out[row]!)).toMatchObject({ prediction, probability });
    expect(summary).toMatchObject({ rows: 2, unseenCategories: { protocol: 1 }, extraColumns: ["deep"] });
  });

  it("leaves what is no object as it is, and objects that cannot be judged with nulls", async () => {
    const mixed = `${lines}{"rate":"much","bytes":2,"protocol":"tcp"}\n{"rate":1,}\n[1]\n{}\n`;
    const { text, summary } = await detected(threat, mixed, { format: "json-lines", invalidRows: "skip" });
    expect(text.split("\n").slice(2)).toEqual([
      '{"rate":"much","bytes":2,"protocol":"tcp","prediction":null,"probability":null}',
      '{"rate":1,}',
      "[1]",
      '{"prediction":null,"probability":null}',
      "",
    ]);
    expect(summary).toMatchObject({ rows: 6, skippedRows: 4 });
    expect(await codeOf(detected(threat, mixed, { format: "json-lines" }))).toBe("json-lines-issues");
  });

  it("refuses lines that have the members already, in whatever batch, and lines that never have a feature", async () => {
    const taken = `${lines.repeat(3000)}{"protocol":"tcp","bytes":10,"rate":0.5,"probability":1}\n`;
    expect(await codeOf(detected(threat, taken, { format: "json-lines" }))).toBe("name-taken");
    expect(await codeOf(detected(threat, '{"bytes":1}\n', { format: "json-lines" }))).toBe("missing-column");
  });
});

describe("detectStream", () => {
  it("is a transform stream that takes no more than is asked for", async () => {
    let given = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(bytesOf(given++ === 0 ? "protocol,bytes,rate\n" : "tcp,1,0.5\n".repeat(6000)));
      },
    });
    const stream = detectStream(threat);
    const reader = endless.pipeThrough(stream).getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toMatch(/^protocol,bytes,rate,prediction,probability\ntcp,1,0.5,/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(given).toBeLessThan(12);
    expect(stream.summary.rows).toBe(4096);
    await reader.cancel();
  });

  it("ends both sides with an error", async () => {
    const { readable, writable } = detectStream(threat);
    const writer = writable.getWriter();
    const writing = (async () => {
      for (;;) await writer.write(bytesOf("no,header,of,it\n1,2,3,4\n".repeat(9000)));
    })();
    await expect(new Response(readable).text()).rejects.toMatchObject({ code: "missing-feature" });
    await expect(writing).rejects.toMatchObject({ code: "missing-feature" });
  });

  it("gives what detectRows gives", async () => {
    const csv = toCsv(connections(9000, 5));
    const stream = new Blob([csv]).stream().pipeThrough(detectStream(detectorOf(threat.bundle)));
    expect(await new Response(stream).text()).toBe((await detected(threat, csv)).text);
  });
});
