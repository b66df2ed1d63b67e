import { averagePrecision } from "../../average-precision.js";
import { binaryMetrics } from "../../binary-metrics.js";
import { type PrecisionRecallCurve, precisionRecallCurve } from "../../precision-recall-curve.js";
import { flaggedAbove, type RankedCounts, rankedCounts } from "../../ranked-counts.js";
import { rocAuc, rocCurve } from "../../roc.js";
import { figure, type Section, section, table } from "../blocks.js";
import type { DetectorEvaluation } from "../content.js";
import { score, share } from "../figures.js";
import { type Markup, markup } from "../markup.js";
import type { Drawing } from "../peers.js";
import { type Axis, linePlot, type Mark } from "../plots/line-plot.js";
import { calibrationFigure } from "./calibration.js";
import { scoresFigure } from "./scores.js";
import { thresholdFigure } from "./threshold.js";

/** The false-positive rates of the ROC curve's table, and the recalls of the precision–recall curve's. */
const BUDGETS = [0, 0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const RECALLS = [0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1];
/** Where a logarithmic axis of false-positive rates begins, at the lowest; at 0.1 at the highest. */
const LOWEST_RATE = 1e-5;

const DETECTION: Axis = { label: "detection rate (recall)", domain: [0, 1], unit: "share" };
const ALARMS: Axis = { label: "false-positive rate", domain: [0, 1], unit: "share" };

/** What the scores could do at any threshold: ROC, precision and recall, all rates by the threshold, and calibration. */
export function curvesSection(drawing: Drawing, evaluation: DetectorEvaluation): Section {
  const { isPositive, scores } = evaluation;
  const counts = rankedCounts(isPositive, scores);
  const only = counts.positives === 0 ? "negative" : counts.negatives === 0 ? "positive" : null;
  return section(
    "curves",
    "Curves over all thresholds",
    only === null
      ? markup`<div class="figures">
${rocFigures(drawing, evaluation, counts)}
${precisionRecallFigure(drawing, evaluation)}
${thresholdFigure(drawing, evaluation, counts)}
${scoresFigure(drawing, evaluation, counts)}
${calibrationFigure(drawing, evaluation)}
</div>`
      : markup`<p>Every row is ${only}: there are no curves.</p>`,
  );
}

function rocFigures(drawing: Drawing, evaluation: DetectorEvaluation, counts: RankedCounts): Markup {
  const { isPositive, scores, threshold } = evaluation;
  const { falsePositiveRate, truePositiveRate } = rocCurve(isPositive, scores, { dropIntermediate: false });
  const { recall, falsePositiveRate: alarms } = binaryMetrics(isPositive, scores, threshold.value);
  const auc = rocAuc(isPositive, scores);
  const here: Mark = {
    kind: "point",
    x: alarms,
    y: recall,
    style: "second",
    label: `at the threshold ${threshold.value}`,
  };
  const lowest = Math.min(0.1, Math.max(LOWEST_RATE, powerOfTenBelow(1 / counts.negatives)));
  const rows = BUDGETS.map((budget) => [share(budget), share(detectionWithin(budget, counts))]);
  const numbers = table(
    "The most that is found within a budget of false positives",
    [
      { head: "false-positive rate at most", numeric: true },
      { head: "detection rate", numeric: true },
    ],
    rows,
  );
  const legend = [
    { style: "first" as const, text: "the scores" },
    { style: "reference" as const, text: "guessing" },
  ];
  return markup`${figure({
    title: "ROC curve",
    plot: linePlot(drawing, {
      id: "roc",
      title: "ROC curve",
      description: `Detection rate by false-positive rate. The area under the curve is ${auc.toFixed(4)}.`,
      x: ALARMS,
      y: DETECTION,
      series: [
        { x: [0, 1], y: [0, 1], style: "reference" },
        { x: falsePositiveRate, y: truePositiveRate, style: "first" },
      ],
      marks: [here],
    }),
    legend,
    note: markup`Area under the curve ${score(auc)}: how often an attack scores higher than another row. The dot is the threshold.`,
    numbers,
  })}${figure({
    title: "ROC curve at low false-positive rates",
    plot: linePlot(drawing, {
      id: "roc-low",
      title: "ROC curve at low false-positive rates",
      description: "The same on a logarithmic scale of false-positive rates, where detectors work.",
      x: { ...ALARMS, label: "false-positive rate (logarithmic)", domain: [lowest, 1], logarithmic: true },
      y: DETECTION,
      series: [{ x: falsePositiveRate, y: truePositiveRate, style: "first", steps: true }],
      marks: [here],
    }),
    note: markup`The same curve where detectors work: what is found within a budget of false alarms. At the left edge is what is found with none.`,
  })}`;
}

/** The highest detection rate at any threshold whose false-positive rate is within the budget. */
function detectionWithin(
  budget: number,
  { truePositives, falsePositives, positives, negatives }: RankedCounts,
): number {
  let hits = 0;
  for (let i = 0; i < truePositives.length && falsePositives[i]! / negatives <= budget; i++) hits = truePositives[i]!;
  return hits / positives;
}

function powerOfTenBelow(value: number): number {
  return Number(`1${value.toExponential().replace(/^[^e]*/, "")}`);
}

function precisionRecallFigure(drawing: Drawing, { isPositive, scores, threshold }: DetectorEvaluation): Markup {
  const curve = precisionRecallCurve(isPositive, scores);
  const counts = rankedCounts(isPositive, scores);
  const here = flaggedAbove(counts, threshold.value);
  const flagged = here.hits + here.alarms;
  const area = averagePrecision(isPositive, scores);
  const base = counts.positives / (counts.positives + counts.negatives);
  return figure({
    title: "Precision and recall",
    plot: linePlot(drawing, {
      id: "precision-recall",
      title: "Precision–recall curve",
      description: `Precision by recall. The average precision is ${area.toFixed(4)}.`,
      x: { ...DETECTION, label: "recall (detection rate)" },
      y: { label: "precision", domain: [0, 1], unit: "share" },
      series: [
        { x: [0, 1], y: [base, base], style: "reference" },
        { x: curve.recall, y: curve.precision, style: "first", steps: true },
      ],
      marks:
        flagged === 0
          ? []
          : [
              {
                kind: "point",
                x: here.hits / counts.positives,
                y: here.hits / flagged,
                style: "second",
                label: `at the threshold ${threshold.value}`,
              },
            ],
    }),
    legend: [
      { style: "first", text: "the scores" },
      { style: "reference", text: "guessing" },
    ],
    note: markup`Average precision ${score(area)}. Precision depends on how frequent attacks are: ${share(base)} of these rows.`,
    numbers: table(
      "The highest precision at a threshold that finds so much",
      [
        { head: "recall at least", numeric: true },
        { head: "precision", numeric: true },
      ],
      RECALLS.map((least) => [share(least), precisionAt(least, curve)]),
    ),
  });
}

/** The highest precision at any threshold that finds at least so much. */
export function precisionAt(least: number, { recall, precision }: PrecisionRecallCurve): Markup {
  let highest = 0;
  // The last point, recall 0, is no threshold's.
  for (let i = 0; i + 1 < recall.length; i++) if (recall[i]! >= least) highest = Math.max(highest, precision[i]!);
  return share(highest);
}
