import { type Detector, detectorOf, loadBundle } from "@mlsec/bundle";
import { meterTable, writePcap } from "@mlsec/flows";
import { beforeAll, describe, expect, it } from "vitest";
import { type JudgedFile, judgeFile } from "../browser/judge-file.js";
import { judgeTraffic, type Stages } from "../shared/live/judge-traffic.js";
import type { TrafficVerdict } from "../shared/live/traffic-verdict.js";
import { attackBundle, captureOf, SCANNER, threatBundle } from "./live-traffic.js";

const VISITS = 60;
const capture = captureOf(VISITS, 2);
let threat: Detector;
let attack: Detector;
/** Does not say how its features were computed. */
let silent: Detector;

beforeAll(async () => {
  const load = async (bytes: Promise<Uint8Array>) => detectorOf(await loadBundle(await bytes));
  [threat, attack, silent] = await Promise.all([
    load(threatBundle()),
    load(attackBundle("cic2017")),
    load(attackBundle("cic2017", null)),
  ]);
}, 60_000);

/** A file whose stream comes in chunks of so many bytes. */
function fileOf(bytes: Uint8Array, chunk: number): Blob {
  const stream = (): ReadableStream<Uint8Array<ArrayBuffer>> => {
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at + chunk));
        at += chunk;
      },
    });
  };
  return Object.assign(new Blob([bytes as Uint8Array<ArrayBuffer>]), { stream });
}

function judge(bytes: Uint8Array, stages: Stages, chunk = 1 << 16, signal = new AbortController().signal) {
  return judgeFile(fileOf(bytes, chunk), stages, { signal, onProgress: () => undefined });
}

function rowsOf({ verdicts }: JudgedFile): TrafficVerdict[] {
  return Array.from({ length: verdicts.rows }, (_, row) => verdicts.at(row));
}

describe("judgeFile", () => {
  it("gives the verdicts of two stages in the order of time, however the capture comes", async () => {
    const whole = await judge(capture, [threat, attack]);
    expect(whole.scores).toMatchObject({ unit: "connections", rows: 2 * VISITS, refused: null });
    for (const chunk of [97, 1000])
      expect((await judge(capture, [threat, attack], chunk)).scores).toEqual(whole.scores);
    const rows = rowsOf(whole);
    const times = rows.map(({ subject }) => ("start" in subject ? subject.start : Number.NaN));
    expect(times).toEqual([...times].sort((a, b) => a - b));

    const expected: string[] = [];
    const options = { profile: undefined, anyProfile: false, lateness: 60, signal: new AbortController().signal };
    const ignore = () => undefined;
    const batches = judgeTraffic(capture, "pcap", [threat, attack], {
      ...options,
      ...{ warn: ignore, tell: ignore, onStage: ignore },
    });
    for await (const batch of batches)
      for (const { subject, verdict, stages } of batch)
        expected.push(
          JSON.stringify(["start" in subject && subject.start, "source" in subject && subject.source, verdict, stages]),
        );
    expect(
      rows
        .map(({ subject, verdict, stages }) =>
          JSON.stringify(["start" in subject && subject.start, "source" in subject && subject.source, verdict, stages]),
        )
        .sort(),
    ).toEqual(expected.sort());
  });

  it("counts, and shows the first of all rows and of every class with what the model read", async () => {
    const { scores } = await judge(capture, [attack]);
    expect(scores.unit).toBe("flows");
    expect(scores.classes.reduce((sum, { rows }) => sum + rows, 0)).toBe(scores.rows);
    expect(scores.attacks).toBe(scores.classes.find(({ name }) => name === "PortScan")?.rows);
    for (const { name } of scores.classes) {
      const shown = scores.shown.filter(({ verdict }) => verdict?.class === name);
      expect(shown.length).toBeGreaterThanOrEqual(10);
    }
    const table = await meterTable(capture, { profile: "cic2017", sweep: true });
    for (const { at, cells } of scores.shown)
      expect(cells).toEqual(attack.inputs.map(({ name }) => table.cell(name, at)));
    const scans = scores.shown.filter(({ subject }) => "source" in subject && subject.source === SCANNER);
    expect(scans.length).toBeGreaterThanOrEqual(10);
  });

  it("assumes the profile whose columns a silent bundle has, and warns; says nothing of one that speaks", async () => {
    const [said, guessed] = [await judge(capture, [attack]), await judge(capture, [silent])];
    expect(said.scores.warnings).toEqual([]);
    expect(guessed.scores.warnings).toEqual([expect.stringContaining("does not say under which")]);
    expect(guessed.scores.digest).toBe(said.scores.digest);
    const { warnings } = (await judge(capture, [threat, silent])).scores;
    expect(warnings).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^attack_classifier: .*does not say under which/),
        expect.stringContaining("logged_in"),
      ]),
    );
  });

  it("stops when it is told to, and refuses a capture without flows", async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(judge(capture, [threat, attack], 1000, stop.signal)).rejects.toMatchObject({ code: "aborted" });
    await expect(judge(writePcap([]), [attack])).rejects.toMatchObject({ code: "nothing-to-judge" });
  });
});
