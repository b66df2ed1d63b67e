import { flaggedAbove, type RankedCounts } from "../../ranked-counts.js";
import { figure, table } from "../blocks.js";
import type { DetectorEvaluation } from "../content.js";
import { count, NONE, score, share } from "../figures.js";
import { type Markup, markup } from "../markup.js";
import type { Drawing } from "../peers.js";
import { linePlot, type Series } from "../plots/line-plot.js";

/** Thresholds of the table, besides the detector's own. */
const LISTED = 20;

/** What every threshold finds and flags in vain, and how much of what it flags is right. */
export function thresholdFigure(drawing: Drawing, { threshold }: DetectorEvaluation, counts: RankedCounts): Markup {
  const domain = domainOf(counts, threshold.value);
  return figure({
    title: "By threshold",
    plot: linePlot(drawing, {
      id: "by-threshold",
      title: "Rates by threshold",
      description: `Detection rate, false-positive rate and precision at every threshold. The detector's own is ${threshold.value}.`,
      x: { label: "threshold", domain, unit: "number" },
      y: { label: "rate", domain: [0, 1], unit: "share" },
      series: ratesByThreshold(counts, domain),
      marks: [{ kind: "vertical", x: threshold.value, label: `the threshold ${threshold.value}` }],
    }),
    legend: [
      { style: "first", text: "detection rate" },
      { style: "second", text: "false-positive rate" },
      { style: "third", text: "precision" },
    ],
    note: markup`The upright line is the detector's threshold, ${score(threshold.value)}.`,
    numbers: table(
      "Rates at some thresholds, and at the detector's own",
      [
        { head: "threshold", numeric: true },
        { head: "flagged", numeric: true },
        { head: "detection rate", numeric: true },
        { head: "false-positive rate", numeric: true },
        { head: "precision", numeric: true },
      ],
      thresholds(domain, threshold.value).map((value) => lineOf(value, counts, value === threshold.value)),
    ),
  });
}

/** From 0 to 1 for probabilities, else over all scores; the threshold included. */
export function domainOf({ scores }: RankedCounts, threshold: number): [number, number] {
  const [highest, lowest] = [scores[0]!, scores[scores.length - 1]!];
  const [from, to] = [Math.min(0, lowest, threshold), Math.max(1, highest, threshold)];
  return [from, to];
}

/** The three rates, each the same from one score up to the next: a row is flagged where its score is greater. */
function ratesByThreshold(counts: RankedCounts, [from]: readonly [number, number]): Series[] {
  const { scores, truePositives, falsePositives, positives, negatives } = counts;
  const last = scores.length - 1;
  // At a threshold of score i, what scores higher is flagged: all up to i − 1. From below the lowest one, everything.
  const places = Array.from(scores, (_, index) => last - index);
  const x = [from, ...places.map((i) => scores[i]!)];
  const hits = [truePositives[last]!, ...places.map((i) => truePositives[i - 1] ?? 0)];
  const alarms = [falsePositives[last]!, ...places.map((i) => falsePositives[i - 1] ?? 0)];
  // At the highest score nothing is flagged, and there is no precision: it ends where the last rows are.
  const precision = hits.slice(0, -1).map((own, index) => own / (own + alarms[index]!));
  return [
    { x, y: hits.map((own) => own / positives), style: "first", steps: true },
    { x, y: alarms.map((own) => own / negatives), style: "second", steps: true },
    { x, y: [...precision, precision.at(-1)!], style: "third", steps: true },
  ];
}

function thresholds([from, to]: readonly [number, number], own: number): number[] {
  const even = Array.from({ length: LISTED + 1 }, (_, i) => Number((from + ((to - from) * i) / LISTED).toPrecision(4)));
  return [...new Set([...even, own])].sort((a, b) => a - b);
}

function lineOf(threshold: number, counts: RankedCounts, own: boolean): (Markup | string)[] {
  const { hits, alarms } = flaggedAbove(counts, threshold);
  const flagged = hits + alarms;
  return [
    own ? markup`<strong>${score(threshold)}</strong> (the detector's)` : score(threshold),
    count(flagged),
    share(hits / counts.positives),
    share(alarms / counts.negatives),
    flagged === 0 ? NONE : share(hits / flagged),
  ];
}
