import { readFileSync } from "node:fs";
import { MlsecError } from "@mlsec/preprocess";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  brierScore,
  calibrationCurve,
  calibrationFromState,
  IsotonicCalibration,
  logLoss,
  PlattCalibration,
} from "../src/index.js";

// Made by interop/make_goldens.py from scikit-learn.
const goldens = JSON.parse(readFileSync(new URL("fixtures/calibration.json", import.meta.url), "utf8"));

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++) {
    expect(Math.abs(got[i]! - expected[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[i]!)));
  }
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof MlsecError) return error.code;
    throw error;
  }
  return "none";
}

/** The gradient of the mean cross-entropy that Platt scaling minimises, per spread of scores and per unit. */
function gradient({ isPositive, scores, sampleWeight }: any, { slope, intercept }: PlattCalibration): number[] {
  const weights: number[] = sampleWeight ?? scores.map(() => 1);
  const sum = (of: (row: number) => number): number =>
    scores.reduce((all: number, _: number, row: number) => all + weights[row]! * of(row), 0);
  const [all, positive] = [sum(() => 1), sum((row) => isPositive[row])];
  const mean = sum((row) => scores[row]) / all;
  const spread = Math.sqrt(sum((row) => (scores[row] - mean) ** 2) / all) || 1;
  const off = (row: number): number => {
    const target = isPositive[row] === 1 ? (positive + 1) / (positive + 2) : 1 / (all - positive + 2);
    return 1 / (1 + Math.exp(-(slope * scores[row] + intercept))) - target;
  };
  return [sum((row) => (off(row) * (scores[row] - mean)) / spread) / all, sum(off) / all];
}

describe.each(goldens.fits as any[])("calibration of $name", (golden) => {
  const { isPositive, scores, sampleWeight, asked } = golden;
  const options = sampleWeight === null ? {} : { sampleWeight };

  it("Platt's is at the minimum, and scikit-learn's to the accuracy of its search", () => {
    const fitted = PlattCalibration.fit(isPositive, scores, options);
    for (const slope of gradient(golden, fitted)) expect(Math.abs(slope)).toBeLessThan(1e-9);
    expectClose(fitted.calibrateAll(asked), golden.platt, 3e-5);
  });

  it("isotonic regression is scikit-learn's", () => {
    const fitted = IsotonicCalibration.fit(isPositive, scores, options);
    expect([...fitted.scores]).toEqual(golden.isotonic.scores);
    expectClose(fitted.probabilities, golden.isotonic.probabilities, 1e-12);
    expectClose(fitted.calibrateAll(asked), golden.isotonic.asked, 1e-12);
  });

  it("is the same after saving and reading", () => {
    for (const fitted of [
      PlattCalibration.fit(isPositive, scores, options),
      IsotonicCalibration.fit(isPositive, scores, options),
    ]) {
      for (const state of [fitted.toState(), JSON.parse(JSON.stringify(fitted))]) {
        expect(calibrationFromState(state).calibrateAll(asked)).toEqual(fitted.calibrateAll(asked));
      }
    }
  });
});

it.each(goldens.curves as any[])("the curve of $bins bins, $strategy, is scikit-learn's", (golden) => {
  const { isPositive, probabilities, bins, strategy, observed, predicted } = golden;
  const curve = calibrationCurve(isPositive, probabilities, { bins, strategy });
  expectClose(curve.observed, observed, 1e-12);
  expectClose(curve.predicted, predicted, 1e-12);
  expect(curve.rows.reduce((sum, rows) => sum + rows, 0)).toBe(probabilities.length);
});

describe("any rows", () => {
  const rows = fc
    .array(
      fc.record({
        code: fc.integer({ min: 0, max: 1 }),
        score: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
        weight: fc.oneof(fc.constant(1), fc.double({ noNaN: true, min: 0.01, max: 5 })),
      }),
      { minLength: 2, maxLength: 60 },
    )
    .filter((all) => new Set(all.map(({ code }) => code)).size === 2);
  const columns = (all: readonly { code: number; score: number; weight: number }[]) => ({
    codes: all.map(({ code }) => code),
    scores: all.map(({ score }) => score),
    sampleWeight: all.map(({ weight }) => weight),
  });

  it("are fitted best by squares among all that never falls, as an exhaustive min–max says", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const { codes, scores, sampleWeight } = columns(all);
        const fitted = IsotonicCalibration.fit(codes, scores, { sampleWeight });
        const distinct = [...new Set(scores.map((score) => score + 0))].sort((a, b) => a - b);
        // The isotonic fit at i is the largest over starts ≤ i of the smallest mean over ends ≥ i (Robertson et al., 1988).
        const meanOf = (from: number, to: number): number => {
          const inside = all.filter(({ score }) => score >= distinct[from]! && score <= distinct[to]!);
          const weight = inside.reduce((sum, row) => sum + row.weight, 0);
          return inside.reduce((sum, row) => sum + row.weight * row.code, 0) / weight;
        };
        for (const i of distinct.keys()) {
          const best = Math.max(
            ...distinct
              .slice(0, i + 1)
              .map((_, from) => Math.min(...distinct.slice(i).map((_, past) => meanOf(from, i + past)))),
          );
          expect(Math.abs(fitted.calibrate(distinct[i]!) - best)).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("give probabilities that never fall as scores rise; Platt's loss is no larger than without scores", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const { codes, scores, sampleWeight } = columns(all);
        const isotonic = IsotonicCalibration.fit(codes, scores, { sampleWeight });
        const asked = [-2e6, ...[...scores].sort((a, b) => a - b), 2e6];
        const calibrated = isotonic.calibrateAll(asked);
        for (let i = 1; i < asked.length; i++) expect(calibrated[i]!).toBeGreaterThanOrEqual(calibrated[i - 1]!);
        const platt = PlattCalibration.fit(codes, scores, { sampleWeight });
        for (const probability of platt.calibrateAll(asked)) expect(probability >= 0 && probability <= 1).toBe(true);
        for (const slope of gradient({ isPositive: codes, scores, sampleWeight }, platt)) {
          expect(Math.abs(slope)).toBeLessThan(1e-8);
        }
      }),
    );
  });
});

it("a calibrated detector says how sure it is: losses fall on rows that the calibration has not seen", () => {
  const { isPositive, scores } = goldens.fits[0];
  const [codes, logits] = [isPositive.slice(0, 80), scores.slice(0, 80)];
  const [unseenCodes, unseen] = [isPositive.slice(80), scores.slice(80)];
  const raw = unseen.map((logit: number) => 1 / (1 + Math.exp(-3 * logit)));
  const platt = PlattCalibration.fit(codes, logits).calibrateAll(unseen);
  expect(logLoss(unseenCodes, platt)).toBeLessThan(0.8 * logLoss(unseenCodes, raw));
  expect(brierScore(unseenCodes, platt)).toBeLessThan(brierScore(unseenCodes, raw));
});

describe("bad input", () => {
  const fits = [PlattCalibration.fit, IsotonicCalibration.fit];

  it("is a typed error", () => {
    for (const fit of fits) {
      expect(codeOf(() => fit([], []))).toBe("no-rows");
      expect(codeOf(() => fit([0, 1], [0.5]))).toBe("length-mismatch");
      expect(codeOf(() => fit([0, 2], [0.5, 0.6]))).toBe("code-out-of-range");
      expect(codeOf(() => fit([0, 1], [0.5, Number.NaN]))).toBe("not-finite");
      expect(codeOf(() => fit([1, 1], [0.5, 0.6]))).toBe("one-class");
      expect(codeOf(() => fit([0, 1], [0.5, 0.6], { sampleWeight: [1] }))).toBe("length-mismatch");
      expect(codeOf(() => fit([0, 1], [0.5, 0.6], { sampleWeight: [1, -1] }))).toBe("invalid-weights");
      // A class that weighs nothing is not there.
      expect(codeOf(() => fit([0, 1], [0.5, 0.6], { sampleWeight: [1, 0] }))).toBe("one-class");
    }
    expect(codeOf(() => calibrationCurve([0, 1], [0.5, 1.5]))).toBe("not-a-probability");
    expect(codeOf(() => calibrationCurve([0, 1], [0.5, 0.5], { bins: 0 }))).toBe("invalid-option");
    expect(codeOf(() => calibrationCurve([0, 1], [0.5, 0.5], { strategy: "equal" as "uniform" }))).toBe(
      "invalid-option",
    );
  });

  it.each([
    null,
    {},
    { method: "beta" },
    { method: "platt", slope: "1", intercept: 0 },
    { method: "isotonic", scores: [], probabilities: [] },
    { method: "isotonic", scores: [1, 1], probabilities: [0, 1] },
    { method: "isotonic", scores: [1, 2], probabilities: [0.5, 0.4] },
    { method: "isotonic", scores: [1, 2], probabilities: [0.5, 1.4] },
    { method: "isotonic", scores: [1, 2], probabilities: [0.5] },
  ])("as a state is refused: %j", (state) => {
    expect(codeOf(() => calibrationFromState(state))).toBe("invalid-state");
  });

  it("a score of NaN has no probability", () => {
    for (const fit of fits) expect(fit([0, 1, 1], [0, 1, 2]).calibrate(Number.NaN)).toBeNaN();
  });
});
