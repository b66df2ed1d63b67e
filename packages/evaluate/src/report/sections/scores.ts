import type { RankedCounts } from "../../ranked-counts.js";
import { figure, name, table } from "../blocks.js";
import type { DetectorEvaluation } from "../content.js";
import { count, score } from "../figures.js";
import type { Markup } from "../markup.js";
import type { Drawing } from "../peers.js";
import { linePlot } from "../plots/line-plot.js";
import { domainOf } from "./threshold.js";

const BINS = 20;

/** How the scores of either class are distributed. */
export function scoresFigure(drawing: Drawing, evaluation: DetectorEvaluation, counts: RankedCounts): Markup {
  const { isPositive, scores, threshold, classes = ["Normal", "Attack"] } = evaluation;
  const [from, to] = domainOf(counts, threshold.value);
  const edges = Array.from({ length: BINS + 1 }, (_, bin) => from + ((to - from) * bin) / BINS);
  const rows = [new Int32Array(BINS), new Int32Array(BINS)] as const;
  for (let row = 0; row < scores.length; row++) {
    const bin = Math.min(BINS - 1, Math.floor(((scores[row]! - from) / (to - from)) * BINS));
    rows[isPositive[row] as 0 | 1][bin]!++;
  }
  const [normal, attack] = rows;
  const shares = (own: Int32Array, of: number): number[] => [...own, own[BINS - 1]!].map((many) => many / of);
  const fewest = 1 / Math.max(counts.positives, counts.negatives);
  return figure({
    title: "Scores by class",
    plot: linePlot(drawing, {
      id: "scores",
      title: "Scores by class",
      description: `The share of each class's rows by score, in ${BINS} parts, on a logarithmic scale.`,
      x: { label: "score", domain: [from, to], unit: "number" },
      y: { label: "share of the class (logarithmic)", domain: [fewest / 2, 1], unit: "share", logarithmic: true },
      series: [
        { x: edges, y: shares(attack, counts.positives), style: "first", steps: true },
        { x: edges, y: shares(normal, counts.negatives), style: "second", steps: true },
      ],
      marks: [{ kind: "vertical", x: threshold.value, label: `the threshold ${threshold.value}` }],
    }),
    legend: [
      { style: "first", text: name(classes[1]) },
      { style: "second", text: name(classes[0]) },
    ],
    note: "The more the two keep to their own side of the upright line, the threshold, the better. A line at the bottom means no rows.",
    numbers: table(
      "Rows by score",
      [
        { head: "scores from", numeric: true },
        { head: "to", numeric: true },
        { head: name(classes[0]), numeric: true },
        { head: name(classes[1]), numeric: true },
      ],
      Array.from(normal, (many, bin) => [score(edges[bin]!), score(edges[bin + 1]!), count(many), count(attack[bin]!)]),
    ),
  });
}
