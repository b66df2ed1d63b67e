import { kFold, type Progress } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { describe, expect, it } from "vitest";
import { crossValidate, type Fold, gridSearch, randomSearch } from "../src/index.js";

const values = Float64Array.from({ length: 60 }, (_, row) => Math.floor(row / 7) + Random.seeded(row).float());
const folds = kFold(60, { folds: 5 });
const turn = (milliseconds = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The "model" is the mean of the training rows, or a share of it. */
function errorOf({ train, test }: Fold, share = 1): { error: number; rows: number } {
  const mean = train.reduce((sum, row) => sum + values[row]!, 0) / train.length;
  const squares = test.reduce((sum, row) => sum + (values[row]! - share * mean) ** 2, 0);
  return { error: -squares / test.length, rows: test.length };
}

describe("cross-validation", () => {
  it("gives mean and standard deviation of every score, in the order of the folds", async () => {
    const { error, rows } = await crossValidate({ folds, evaluate: (fold) => errorOf(fold) });
    const expected = folds.map((fold) => errorOf(fold).error);
    const mean = expected.reduce((a, b) => a + b) / 5;
    expect(error!.values).toEqual(expected);
    expect(error!.mean).toBeCloseTo(mean, 12);
    expect(error!.sd).toBeCloseTo(Math.sqrt(expected.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4), 12);
    expect(rows).toEqual({ mean: 12, sd: 0, values: [12, 12, 12, 12, 12] });
  });

  it("is the same however many folds are under way, whichever ends first, and counts them", async () => {
    const alone = await crossValidate({ folds, evaluate: (fold) => errorOf(fold) });
    const seen: Progress[] = [];
    let under = 0;
    let most = 0;
    const together = await crossValidate({
      folds,
      atOnce: 3,
      onProgress: (progress) => seen.push(progress),
      evaluate: async (fold, context) => {
        most = Math.max(most, ++under);
        await turn(10 - 2 * context.fold);
        under--;
        return errorOf(fold);
      },
    });
    expect(together).toEqual(alone);
    expect(most).toBe(3);
    expect(seen.map(({ done, total }) => [done, total])).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
  });

  it("leaves out folds that do not define a score", async () => {
    const scores = [Number.NaN, 1, 3, Number.NaN, Number.NaN];
    const { auc, never, once } = await crossValidate({
      folds,
      evaluate: (_, { fold }) => ({
        auc: scores[fold]!,
        never: Number.NaN,
        once: fold === 2 ? 7 : Number.NaN,
      }),
    });
    expect(auc).toMatchObject({ mean: 2, sd: Math.SQRT2 });
    expect(never).toMatchObject({ mean: Number.NaN, sd: Number.NaN });
    expect(once).toMatchObject({ mean: 7, sd: Number.NaN });
  });

  it("throws a fold's failure when the others have ended, who hear of it", async () => {
    const ended: number[] = [];
    const failing = crossValidate({
      folds,
      atOnce: 2,
      evaluate: async (_, { fold, signal }) => {
        if (fold === 0) throw new Error("no fit");
        while (!signal.aborted) await turn();
        ended.push(fold);
        return {};
      },
    });
    await expect(failing).rejects.toThrow("no fit");
    expect(ended).toEqual([1]);
  });

  it("can be stopped between folds that never look at the signal", async () => {
    const controller = new AbortController();
    let begun = 0;
    const stopped = crossValidate({
      folds,
      signal: controller.signal,
      evaluate: (fold) => {
        if (++begun === 2) controller.abort();
        return errorOf(fold);
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    expect(begun).toBe(2);
  });

  it.each([
    ["invalid-option", { folds: [] }],
    ["invalid-option", { atOnce: 0 }],
    [
      "score-mismatch",
      { evaluate: (_: Fold, { fold }: { fold: number }) => (fold === 3 ? { other: 1 } : { error: 1 }) },
    ],
    ["score-mismatch", { evaluate: () => ({ error: "good" as unknown as number }) }],
    ["aborted", { signal: AbortSignal.abort() }],
  ])("refuses with %s: %j", async (code, options) => {
    const refused = crossValidate({ folds, evaluate: (fold) => errorOf(fold), ...options });
    await expect(refused).rejects.toMatchObject({ code });
  });
});

describe("a search", () => {
  const grid = { share: [0.5, 1, 1.1], offset: ["none", "some"] };
  type Chosen = { share: number; offset: string };
  const search = {
    folds,
    by: "error",
    evaluate: ({ share, offset }: Chosen, fold: Fold) => {
      const { error } = errorOf(fold, share);
      return { error: offset === "none" ? error : error - 1 };
    },
  };

  it("of a grid tries every combination on the same folds, and ranks by the mean", async () => {
    const { best, candidates } = await gridSearch<Chosen>(grid, search);
    expect(candidates.map(({ parameters }) => parameters)).toEqual(
      grid.share.flatMap((share) => grid.offset.map((offset) => ({ share, offset }))),
    );
    expect(best.parameters).toEqual({ share: 1, offset: "none" });
    const byHand = await crossValidate({ folds, evaluate: (fold) => errorOf(fold, 1.1) });
    expect(candidates[4]!.scores.error).toEqual(byHand.error);
    const means = candidates.map(({ scores }) => scores.error!.mean);
    for (const { rank, scores } of candidates) {
      expect(rank).toBe(1 + means.filter((mean) => mean > scores.error!.mean).length);
    }
  });

  it("gives equal candidates equal ranks, those without a score the last, and takes the first of the best", async () => {
    const { best, candidates } = await gridSearch<{ x: number }>(
      { x: [0, 1, 2, 3] },
      { folds, by: "score", evaluate: ({ x }) => ({ score: [Number.NaN, 5, 5, 4][x]! }) },
    );
    expect(candidates.map(({ rank }) => rank)).toEqual([4, 1, 1, 3]);
    expect(best).toBe(candidates[1]);
  });

  it("at random tries some, none twice, the same for a seed; all where there are no more", async () => {
    const wide = { a: Array.from({ length: 50 }, (_, i) => i), b: [0, 1, 2, 3] };
    const byOne = { folds: folds.slice(0, 1), by: "score", evaluate: () => ({ score: 1 }) };
    const draw = async (candidates: number, seed?: number): Promise<string[]> => {
      const found = await randomSearch<{ a: number; b: number }>(wide, byOne, { candidates, seed });
      return found.candidates.map(({ parameters }) => JSON.stringify(parameters));
    };
    const some = await draw(20);
    expect(new Set(some).size).toBe(20);
    expect(await draw(20)).toEqual(some);
    expect(await draw(20, 7)).not.toEqual(some);
    expect(new Set(await draw(1000)).size).toBe(200);
    // Every combination is as likely as the other.
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 400; seed++) {
      for (const choice of await draw(20, seed)) counts.set(choice, (counts.get(choice) ?? 0) + 1);
    }
    expect(counts.size).toBe(200);
    for (const count of counts.values()) expect(Math.abs(count - 40)).toBeLessThan(30);
  });

  it.each([
    ["invalid-option", () => gridSearch<{ x: number }>({ x: [] }, { ...search, evaluate: () => ({ error: 1 }) })],
    ["score-mismatch", () => gridSearch<Chosen>(grid, { ...search, by: "accuracy" })],
    ["invalid-option", () => randomSearch<Chosen>(grid, search, { candidates: 0 })],
    ["invalid-seed", () => randomSearch<Chosen>(grid, search, { candidates: 1, seed: -1 })],
    ["aborted", () => gridSearch<Chosen>(grid, { ...search, signal: AbortSignal.abort() })],
  ])("refuses with %s: %s", async (code, action) => {
    await expect(action()).rejects.toMatchObject({ code });
  });
});
