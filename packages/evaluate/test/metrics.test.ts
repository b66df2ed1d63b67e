import { readFileSync } from "node:fs";
import { encodeLabels, MlsecError } from "@mlsec/preprocess";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  averagePrecision,
  balancedAccuracy,
  binaryMetrics,
  brierScore,
  chooseThreshold,
  classificationReport,
  cohenKappa,
  confusionMatrix,
  formatReport,
  logLoss,
  macroF1,
  matthewsCorrelation,
  precisionRecallCurve,
  precisionRecallFscore,
  reportToMarkdown,
  rocAuc,
  rocAucOfClasses,
  rocCurve,
  weightedF1,
} from "../src/index.js";

// Made by interop/make_goldens.py from scikit-learn.
const goldens = JSON.parse(readFileSync(new URL("fixtures/metrics.json", import.meta.url), "utf8"));

/** Equal to 1e-12 relative, number by number. */
function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++)
    expect(Math.abs(got[i]! - expected[i]!)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected[i]!)));
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

describe.each(goldens.classification as any[])("classification as scikit-learn's: $name", (golden) => {
  const { classes, true: truth, predicted } = golden;

  it("accuracy, balanced accuracy and confusion matrix", () => {
    expectClose(
      [accuracy(truth, predicted), balancedAccuracy(truth, predicted, classes.length)],
      [golden.accuracy, golden.balancedAccuracy],
    );
    expect(confusionMatrix(truth, predicted, classes.length)).toEqual(golden.confusionMatrix);
    for (const [normalize, expected] of Object.entries<number[][]>(golden.normalized)) {
      const shares = confusionMatrix(truth, predicted, classes.length, { normalize: normalize as "all" });
      expectClose(shares.flat(), expected.flat());
    }
  });

  it("Matthews' correlation and Cohen's kappa", () => {
    expectClose([matthewsCorrelation(truth, predicted, classes.length)], [golden.matthewsCorrelation]);
    for (const [name, expected] of Object.entries<number>(golden.cohenKappa)) {
      const weights = name === "none" ? undefined : (name as "linear");
      expectClose([cohenKappa(truth, predicted, classes.length, { weights })], [expected]);
    }
  });

  it("precision, recall and F-score per class and averaged, for every beta", () => {
    for (const { beta, perClass, micro, macro, weighted } of golden.byBeta) {
      const got = precisionRecallFscore(truth, predicted, classes, { beta });
      for (const metric of ["precision", "recall", "fscore"] as const) {
        expectClose(
          got.perClass.map((line) => line[metric]),
          perClass[metric],
        );
        expectClose(
          [got.average.micro[metric], got.average.macro[metric], got.average.weighted[metric]],
          [micro[metric], macro[metric], weighted[metric]],
        );
      }
      expect(got.perClass.map(({ support }) => support)).toEqual(golden.support);
      if (beta !== 1) continue;
      expectClose(
        [macroF1(truth, predicted, classes.length), weightedF1(truth, predicted, classes.length)],
        [macro.fscore, weighted.fscore],
      );
    }
  });
});

// No text is kept where classes are absent; and where nothing is right, scikit-learn writes the supports as floats.
const withText = goldens.classification.filter(({ text, accuracy }: any) => text !== null && accuracy > 0);

it.each(withText as any[])(
  "the report's text is scikit-learn's for $name: the layout to the letter, the numbers as printed",
  ({ classes, true: truth, predicted, text: texts }) => {
    const report = classificationReport({ codes: Int32Array.from(truth as number[]), classes }, predicted);
    for (const [digits, text] of Object.entries<string>(texts)) {
      const ours = formatReport({ ...report, undefinedMetrics: [] }, { digits: Number(digits) });
      const bare = (table: string): string => table.trimEnd().replaceAll(/ +\n/g, "\n");
      const layout = (table: string): string => bare(table).replaceAll(/\d/g, "0");
      const numbers = (table: string): number[] =>
        Array.from(bare(table).matchAll(/ (\d[\d.]*)/g), (match) => Number(match[1]));
      expect(layout(ours)).toBe(layout(text));
      // JavaScript rounds an exact tie (0.625) up, Python to the even digit.
      const unit = 1.0001 / 10 ** Number(digits);
      for (const [i, number] of numbers(ours).entries())
        expect(Math.abs(number - numbers(text)[i]!)).toBeLessThan(unit);
    }
  },
);

describe("what is undefined", () => {
  const {
    classes,
    true: truth,
    predicted,
  } = goldens.classification.find(({ name }: any) => name === "an absent class");

  it("is 0, and named: metrics without a divisor, classes without rows", () => {
    const report = classificationReport(
      encodeLabels(
        truth.map((code: number) => classes[code]),
        classes,
      ),
      predicted,
    );
    expect(report.absentClasses).toEqual([classes[3]]);
    expect(formatReport(report)).toContain(classes[3]);
    const never = goldens.classification.find(({ name }: any) => name === "a class that is never predicted");
    const { undefinedMetrics } = precisionRecallFscore(never.true, never.predicted, never.classes);
    expect(undefinedMetrics).toEqual([{ class: never.classes[2], metric: "precision" }]);
  });

  it("Markdown escapes what would break its table", () => {
    const report = classificationReport(encodeLabels(["a|b", "c\nd"], ["a|b", "c\nd"]), [0, 1]);
    const table = reportToMarkdown(report)
      .split("\n")
      .filter((line) => line.startsWith("|"));
    expect(new Set(table.map((line) => line.replaceAll("\\|", "").split("|").length))).toEqual(new Set([7]));
  });
});

describe.each(goldens.ranking as any[])("ranking as scikit-learn's: $name", (golden) => {
  const { isPositive, scores, threshold, atThreshold } = golden;

  it("areas and losses", () => {
    expectClose(
      [rocAuc(isPositive, scores), averagePrecision(isPositive, scores)],
      [golden.auc, golden.averagePrecision],
    );
    if (golden.logLoss !== null)
      expectClose([logLoss(isPositive, scores), brierScore(isPositive, scores)], [golden.logLoss, golden.brierScore]);
  });

  it("the ROC curve, point by point, with its thresholds", () => {
    const corners = rocCurve(isPositive, scores);
    expectClose(corners.falsePositiveRate, golden.rocCurve.falsePositiveRate);
    expectClose(corners.truePositiveRate, golden.rocCurve.truePositiveRate);
    expect([null, ...corners.thresholds.slice(1)]).toEqual(golden.rocCurve.thresholds);
    const every = rocCurve(isPositive, scores, { dropIntermediate: false });
    expectClose(every.falsePositiveRate, golden.rocCurveOfAllScores.falsePositiveRate);
    expectClose(every.truePositiveRate, golden.rocCurveOfAllScores.truePositiveRate);
  });

  it("the precision–recall curve, point by point, with its thresholds", () => {
    const { precision, recall, thresholds } = precisionRecallCurve(isPositive, scores);
    expectClose(precision, golden.precisionRecallCurve.precision);
    expectClose(recall, golden.precisionRecallCurve.recall);
    expect([...thresholds]).toEqual(golden.precisionRecallCurve.thresholds);
  });

  it("everything at a threshold, whichever class is the positive one", () => {
    const got = binaryMetrics(isPositive, scores, threshold);
    expectClose(
      [got.accuracy, got.precision, got.recall, got.f1],
      [atThreshold.accuracy, atThreshold.precision, atThreshold.recall, atThreshold.f1],
    );
    expect(got.confusionMatrix).toEqual(atThreshold.confusionMatrix);
    expect(got.auc).toBeCloseTo(golden.auc, 12);
    const swapped = binaryMetrics(
      isPositive.map((code: number) => 1 - code),
      scores,
      threshold,
      { positive: 0 },
    );
    const [[a, b], [c, d]] = atThreshold.confusionMatrix;
    expect(swapped.confusionMatrix).toEqual([
      [d, c],
      [b, a],
    ]);
    expect({ ...swapped, confusionMatrix: null }).toEqual({ ...got, confusionMatrix: null });
  });

  it("thresholds that reach the best value of their rule", () => {
    const at = (rule: Parameters<typeof chooseThreshold>[2]) =>
      binaryMetrics(isPositive, scores, chooseThreshold(isPositive, scores, rule).value);
    const youden = at({ rule: "youden" });
    expect(youden.recall - youden.falsePositiveRate).toBeCloseTo(golden.largestYoudenJ, 12);
    expect(at({ rule: "f1" }).f1).toBeCloseTo(golden.largestF1, 12);
    const budgeted = at({ rule: "false-positive-budget", budget: 0.1 });
    expect(budgeted.recall).toBeCloseTo(golden.largestRecallWithin10Percent, 12);
    expect(budgeted.falsePositiveRate).toBeLessThanOrEqual(0.1);
    expect(chooseThreshold(isPositive, scores, { rule: "fixed", value: 0.3 }).value).toBe(0.3);
  });
});

describe("several classes", () => {
  it("log loss is scikit-learn's", () => {
    const { true: truth, probabilities, expected } = goldens.logLoss;
    expectClose([logLoss(truth, probabilities.flat(), 4)], [expected]);
  });

  it.each(Object.entries<number>(goldens.rocAucOfClasses))("the area is scikit-learn's: %s", (name, expected) => {
    const { true: truth, probabilities } = goldens.logLoss;
    const [multiClass, average] = name.split(" ") as ["ovr", "macro"];
    expectClose([rocAucOfClasses(truth, probabilities.flat(), 4, { multiClass, average })], [expected]);
  });

  it("the area of two classes is that of the second's scores, either way", () => {
    const [truth, ofOne] = [
      [0, 1, 0, 1, 1],
      [0.2, 0.3, 0.4, 0.4, 0.9],
    ];
    const both = ofOne.flatMap((p) => [1 - p, p]);
    for (const multiClass of ["ovr", "ovo"] as const) {
      expect(rocAucOfClasses(truth, both, 2, { multiClass })).toBeCloseTo(rocAuc(truth, ofOne), 12);
    }
  });
});

describe("properties", () => {
  const rows = fc
    .array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 })), { minLength: 2, maxLength: 60 })
    .filter((pairs) => new Set(pairs.map(([yes]) => yes)).size === 2);

  it("the area is the share of pairs in the right order, ties half", () => {
    fc.assert(
      fc.property(rows, (pairs) => {
        const [yes, no] = [true, false].map((wanted) =>
          pairs.filter(([is]) => is === wanted).map(([, score]) => score),
        ) as [number[], number[]];
        const won = yes
          .flatMap((a) => no.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)))
          .reduce<number>((sum, win) => sum + win, 0);
        expect(
          rocAuc(
            pairs.map(([is]) => Number(is)),
            pairs.map(([, score]) => score),
          ),
        ).toBeCloseTo(won / (yes.length * no.length), 12);
      }),
    );
  });

  it("no threshold serves a rule better than the chosen one, and none as good raises fewer alarms", () => {
    const budgets = fc.double({ min: 0, max: 1, noNaN: true });
    const costs = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(rows, budgets, costs, costs, (pairs, budget, falseAlarm, missedAttack) => {
        const isPositive = pairs.map(([is]) => Number(is));
        const scores = pairs.map(([, score]) => score);
        type Measured = ReturnType<typeof binaryMetrics>;
        const merits: [Parameters<typeof chooseThreshold>[2], (at: Measured) => number][] = [
          [{ rule: "youden" }, (at) => at.recall - at.falsePositiveRate],
          [{ rule: "f1" }, (at) => at.f1],
          [
            { rule: "false-positive-budget", budget },
            (at) => (at.falsePositiveRate <= budget ? at.recall : Number.NEGATIVE_INFINITY),
          ],
          [
            { rule: "cost", falseAlarm, missedAttack },
            (at) => {
              const positives = isPositive.filter(Boolean).length;
              const alarms = at.falsePositiveRate * (isPositive.length - positives);
              return -(falseAlarm * alarms + missedAttack * (1 - at.recall) * positives);
            },
          ],
        ];
        // Half steps between the whole scores, up to one that flags nothing, but none that flags every row.
        const lowest = Math.min(...scores);
        const others = [0, 1, 2, 3, 4, 5, 6].filter((score) => score >= lowest).map((score) => score + 0.5);
        for (const [rule, merit] of merits) {
          const chosen = chooseThreshold(isPositive, scores, rule);
          const at = binaryMetrics(isPositive, scores, chosen.value);
          expect(chosen).toMatchObject({ recall: at.recall, falsePositiveRate: at.falsePositiveRate, f1: at.f1 });
          for (const value of others) {
            const other = binaryMetrics(isPositive, scores, value);
            expect(merit(other)).toBeLessThanOrEqual(merit(at) + 1e-10);
            if (merit(other) > merit(at) - 1e-10)
              expect(other.falsePositiveRate).toBeGreaterThanOrEqual(at.falsePositiveRate);
          }
        }
      }),
    );
  });

  it("a budget that a candidate meets exactly is kept, not missed", () => {
    const scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.9];
    const { recall, falsePositiveRate } = chooseThreshold([0, 0, 0, 0, 1, 0], scores, {
      rule: "false-positive-budget",
      budget: 0.2,
    });
    expect([recall, falsePositiveRate]).toEqual([1, 0.2]);
  });

  it("a threshold between neighbouring doubles still tells them apart", () => {
    const next = 0.5 + 2 ** -53;
    for (const [low, high] of [
      [0.5, next],
      [next, next + 2 ** -53],
      [-Number.MAX_VALUE, Number.MAX_VALUE],
      [0, Number.MIN_VALUE],
    ] as const) {
      const { value, recall, falsePositiveRate } = chooseThreshold([0, 1], [low, high], { rule: "youden" });
      expect({ low, recall, falsePositiveRate }).toEqual({ low, recall: 1, falsePositiveRate: 0 });
      expect(value).toBeLessThan(high);
    }
  });
});

describe("hostile input is refused by name", () => {
  it.each<[string, () => unknown]>([
    ["length-mismatch", () => accuracy([0, 1], [0])],
    ["length-mismatch", () => rocAuc([0, 1], [0.5])],
    ["no-rows", () => accuracy([], [])],
    ["code-out-of-range", () => confusionMatrix([0, 2], [0, 1], 2)],
    ["code-out-of-range", () => confusionMatrix([0, -1], [0, 1], 2)],
    ["code-out-of-range", () => precisionRecallFscore([0, 0.5], [0, 1], ["a", "b"])],
    ["code-out-of-range", () => rocAuc([0, 2], [0.1, 0.2])],
    ["not-finite", () => rocAuc([0, 1], [Number.NaN, 0.2])],
    ["not-finite", () => binaryMetrics([0, 1], [Number.POSITIVE_INFINITY, 0.2], 0.5)],
    ["one-class", () => rocAuc([1, 1], [0.1, 0.2])],
    ["one-class", () => precisionRecallCurve([0, 0], [0.1, 0.2])],
    ["absent-class", () => rocAucOfClasses([0, 0], [0.5, 0.5, 0.5, 0.5], 2)],
    ["length-mismatch", () => rocAucOfClasses([0, 1], [0.5, 0.5], 2)],
    ["invalid-option", () => rocAucOfClasses([0, 1], [1, 0, 0, 1], 2, { multiClass: "all" as "ovr" })],
    ["invalid-option", () => rocAucOfClasses([0, 1], [1, 0, 0, 1], 2, { average: "micro" as "macro" })],
    ["invalid-option", () => cohenKappa([0, 1], [0, 1], 2, { weights: "cubic" as "linear" })],
    ["invalid-option", () => confusionMatrix([0, 1], [0, 1], 2, { normalize: "pred" as "predicted" })],
    ["one-class", () => chooseThreshold([0, 0], [0.1, 0.2], { rule: "f1" })],
    ["invalid-option", () => chooseThreshold([0, 1], [0.1, 0.2], { rule: "false-positive-budget", budget: 2 })],
    ["invalid-option", () => precisionRecallFscore([0, 1], [0, 1], ["a", "b"], { beta: -1 })],
    ["invalid-option", () => binaryMetrics([0, 1], [0.1, 0.2], Number.NaN)],
    ["invalid-option", () => chooseThreshold([0, 1], [0.1, 0.2], { rule: "cost", falseAlarm: 1, missedAttack: -1 })],
    ["invalid-option", () => chooseThreshold([0, 1], [0.1, 0.2], { rule: "fixed", value: Number.NaN })],
    ["invalid-option", () => chooseThreshold([0, 1], [0.1, 0.2], { rule: "best" as "f1" })],
    ["invalid-option", () => confusionMatrix([0], [0], 0)],
    ["length-mismatch", () => logLoss([0, 1], [0.5, 0.5, 0.5], 2)],
    ["not-a-probability", () => logLoss([0, 1], [0.5, 1.5])],
    ["not-a-probability", () => logLoss([0, 1], [0.5, 0.2, 0.5, 0.5], 2)],
    ["not-a-probability", () => brierScore([0, 1], [-0.1, 0.2])],
    ["one-class", () => averagePrecision([0, 0], [0.1, 0.2])],
  ])("%s", (code, action) => {
    expect(codeOf(action)).toBe(code);
  });

  it("binaryMetrics has no area where one class is absent, and says which metrics are undefined", () => {
    expect(binaryMetrics([0, 0], [0.1, 0.2], 0.5)).toMatchObject({
      auc: null,
      undefinedMetrics: ["precision", "recall", "f1"],
    });
  });
});
