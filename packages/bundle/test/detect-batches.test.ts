import { beforeAll, describe, expect, it } from "vitest";
import { type Detector, detectBatches, detectorOf, loadBundle, saveBundle } from "../src/index.js";
import { attackPipeline, connections, flows, threatPipeline } from "./pipelines.js";

let threat: Detector;
let attack: Detector;

beforeAll(async () => {
  threat = detectorOf(await loadBundle(await saveBundle(await threatPipeline())));
  attack = detectorOf(await loadBundle(await saveBundle(await attackPipeline())));
});

describe("detectBatches", () => {
  it("gives the verdicts of detectColumns with the batch that they are on, and counts them", async () => {
    for (const [detector, make] of [
      [threat, connections],
      [attack, flows],
    ] as const) {
      const batches = [1, 2, 3].map((seed) => ({ table: make(100 * seed, seed), ids: seed }));
      const judged = detectBatches(detector, batches);
      const classes: Record<string, number> = {};
      let at = 0;
      for await (const { batch, verdicts } of judged) {
        expect(batch).toBe(batches[at]);
        const expected = detector.detectColumns(batches[at++]!.table);
        expect([verdicts.codes, verdicts.probabilities]).toEqual([expected.codes, expected.probabilities]);
        for (const code of expected.codes) {
          const name = detector.classes[code]!;
          classes[name] = (classes[name] ?? 0) + 1;
        }
      }
      expect(judged.summary).toMatchObject({ rows: 600, skippedRows: 0, classes, unseenCategories: {} });
      expect(judged.summary.extraColumns).toEqual([batches[0]!.table.names.at(-1)]);
    }
  });

  it("asks for no batch before the verdicts on the last one were taken", async () => {
    let asked = 0;
    async function* live() {
      for (;;) yield { table: flows(10, ++asked) };
    }
    const verdicts = detectBatches(attack, live())[Symbol.asyncIterator]();
    for (const expected of [1, 2, 3]) {
      await verdicts.next();
      expect(asked).toBe(expected);
    }
    await verdicts.return(undefined);
  });

  it("skips rows that cannot be judged, or throws, as it is told", async () => {
    const table = flows(5, 1);
    (table.numbers(" Flow Duration") as Float64Array)[3] = Number.POSITIVE_INFINITY;
    const skipping = detectBatches(attack, [{ table }], { invalidRows: "skip" });
    for await (const { verdicts } of skipping) expect(verdicts.codes[3]).toBe(-1);
    expect(skipping.summary).toMatchObject({ rows: 5, skippedRows: 1 });
    const strict = detectBatches(attack, [{ table }])[Symbol.asyncIterator]();
    await expect(strict.next()).rejects.toMatchObject({ code: "not-finite" });
  });
});
