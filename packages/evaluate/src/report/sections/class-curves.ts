import { averagePrecision } from "../../average-precision.js";
import { precisionRecallCurve } from "../../precision-recall-curve.js";
import { rocAuc } from "../../roc.js";
import { leftOut, name, type Section, section, table } from "../blocks.js";
import type { ClassifierEvaluation } from "../content.js";
import { count, score } from "../figures.js";
import { REPORT_LIMITS } from "../limits.js";
import { type Markup, markup } from "../markup.js";
import type { Drawing } from "../peers.js";
import { linePlot } from "../plots/line-plot.js";
import { rankedClasses } from "./classifier.js";

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
  const shown = inOrder.map(({ code, isIt }) => ({
    name: classes[code]!,
    id: `class-${code}`,
    isIt,
    scores: Float64Array.from(codes, (_, row) => probabilities[row * classes.length + code]!),
  }));
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
      shown.map((one) => [
        name(one.name),
        count(one.isIt.reduce((sum, own) => sum + own, 0)),
        score(rocAuc(one.isIt, one.scores)),
        score(averagePrecision(one.isIt, one.scores)),
      ]),
    ),
    leftOut(told.length, REPORT_LIMITS.classes, "classes"),
    markup`<h3>Precision by recall</h3>
<div class="small-figures">${shown.map((one) => smallCurve(drawing, one))}</div>`,
  );
}

function smallCurve(
  drawing: Drawing,
  one: { readonly name: string; readonly id: string; readonly isIt: Uint8Array; readonly scores: Float64Array },
): Markup {
  const { precision, recall } = precisionRecallCurve(one.isIt, one.scores);
  const share = { domain: [0, 1], unit: "share" } as const;
  return markup`<figure>
${linePlot(drawing, {
  id: one.id,
  title: `Precision–recall curve of ${one.name}`,
  description: `Precision by recall, the class against all others: average precision ${averagePrecision(one.isIt, one.scores).toFixed(4)}.`,
  x: { label: "recall", ...share },
  y: { label: "precision", ...share },
  series: [{ x: recall, y: precision, style: "first", steps: true }],
  small: true,
})}
<figcaption>${name(one.name)}</figcaption>
</figure>
`;
}
