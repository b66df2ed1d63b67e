import { averagePrecision } from "../../average-precision.js";
import { type PrecisionRecallCurve, precisionRecallCurve } from "../../precision-recall-curve.js";
import { rocAuc } from "../../roc.js";
import { leftOut, name, numbersOnRequest, type Section, section, table } from "../blocks.js";
import type { ClassifierEvaluation } from "../content.js";
import { count, score, share } from "../figures.js";
import { REPORT_LIMITS } from "../limits.js";
import { type Markup, markup } from "../markup.js";
import type { Drawing } from "../peers.js";
import { linePlot } from "../plots/line-plot.js";
import { rankedClasses } from "./classifier.js";
import { precisionAt } from "./curves.js";

const RECALLS = [0.1, 0.25, 0.5, 0.75, 0.9, 1];

/** How well each class's probability tells it from all others; null without probabilities, and where all rows are of one class. */
export function classCurvesSection(drawing: Drawing, evaluation: ClassifierEvaluation): Section | null {
  const { labels, probabilities } = evaluation;
  if (probabilities === undefined) return null;
  const { codes, classes } = labels;
  const told = rankedClasses(codes, classes.length)
    .map((code) => ({ code, isIt: Uint8Array.from(codes, (own) => (own === code ? 1 : 0)) }))
    .filter(({ isIt }) => isIt.includes(1) && isIt.includes(0));
  if (told.length === 0) return null;
  const inOrder = told.slice(0, REPORT_LIMITS.classes).sort((a, b) => a.code - b.code);
  const shown = inOrder.map(({ code, isIt }): ToldClass => {
    const scores = Float64Array.from(codes, (_, row) => probabilities[row * classes.length + code]!);
    return {
      name: classes[code]!,
      id: `class-${code}`,
      rows: isIt.reduce((sum, own) => sum + own, 0),
      area: rocAuc(isIt, scores),
      averagePrecision: averagePrecision(isIt, scores),
      curve: precisionRecallCurve(isIt, scores),
    };
  });
  return section(
    "class-curves",
    "Each class against all others",
    table(
      "How well the probability of a class tells it from all others",
      [
        { head: "class" },
        { head: "rows", numeric: true },
        { head: "area under the ROC curve", numeric: true },
        { head: "average precision", numeric: true },
      ],
      shown.map((one) => [name(one.name), count(one.rows), score(one.area), score(one.averagePrecision)]),
    ),
    leftOut(told.length, REPORT_LIMITS.classes, "classes"),
    markup`<h3>Precision by recall</h3>
<div class="small-figures">${shown.map((one) => smallCurve(drawing, one))}</div>`,
    numbersOnRequest(
      table(
        "The highest precision of each class at a threshold that finds so much of it",
        [{ head: "recall at least" }, ...RECALLS.map((least) => ({ head: share(least), numeric: true }))],
        shown.map((one) => [name(one.name), ...RECALLS.map((least) => precisionAt(least, one.curve))]),
      ),
    ),
  );
}

interface ToldClass {
  readonly name: string;
  readonly id: string;
  readonly rows: number;
  readonly area: number;
  readonly averagePrecision: number;
  readonly curve: PrecisionRecallCurve;
}

function smallCurve(drawing: Drawing, { name: className, id, averagePrecision, curve }: ToldClass): Markup {
  const shares = { domain: [0, 1], unit: "share" } as const;
  return markup`<figure>
${linePlot(drawing, {
  id,
  title: `Precision–recall curve of ${className}`,
  description: `Precision by recall, the class against all others: average precision ${averagePrecision.toFixed(4)}.`,
  x: { label: "recall", ...shares },
  y: { label: "precision", ...shares },
  series: [{ x: curve.recall, y: curve.precision, style: "first", steps: true }],
  small: true,
})}
<figcaption>${name(className)}</figcaption>
</figure>
`;
}
