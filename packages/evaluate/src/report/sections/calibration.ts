import { calibrationCurve } from "../../calibration/calibration-curve.js";
import { brierScore, logLoss } from "../../probability.js";
import { figure, table } from "../blocks.js";
import type { DetectorEvaluation } from "../content.js";
import { count, interval, type Rate, rateOf, score, share } from "../figures.js";
import { type Markup, markup } from "../markup.js";
import type { Drawing } from "../peers.js";
import { linePlot } from "../plots/line-plot.js";

const BINS = 10;

/** What scores are worth as probabilities; null where they are none. */
export function calibrationFigure(drawing: Drawing, { isPositive, scores }: DetectorEvaluation): Markup | null {
  for (let row = 0; row < scores.length; row++) if (!(scores[row]! >= 0 && scores[row]! <= 1)) return null;
  const { predicted, observed, rows } = calibrationCurve(isPositive, scores, { bins: BINS });
  const rates = Array.from(rows, (own, bin): Rate => rateOf(Math.round(observed[bin]! * own), own)!);
  return figure({
    title: "Calibration",
    plot: linePlot(drawing, {
      id: "calibration",
      title: "Calibration curve",
      description:
        "The share of attacks among rows of similar scores, by their mean score. Right probabilities lie on the diagonal.",
      x: { label: "mean score", domain: [0, 1], unit: "share" },
      y: { label: "share of attacks", domain: [0, 1], unit: "share" },
      series: [
        { x: [0, 1], y: [0, 1], style: "reference" },
        { x: predicted, y: observed, style: "first" },
      ],
      marks: rates.flatMap((rate, bin) => {
        const label = `${rate.of} rows`;
        const x = predicted[bin]!;
        return [
          { kind: "range", x, low: rate.low, high: rate.high, style: "first", label } as const,
          { kind: "point", x, y: rate.value, style: "first", label } as const,
        ];
      }),
    }),
    legend: [
      { style: "first", text: "the scores, with 95 % intervals" },
      { style: "reference", text: "right probabilities" },
    ],
    note: markup`Brier score ${score(brierScore(isPositive, scores))}, log loss ${score(logLoss(isPositive, Float64Array.from(scores)))}; lower is better. Points on the line mean that a score of 90 % is right nine times in ten.`,
    numbers: table(
      `Rows by score, in ${BINS} parts of equal width`,
      [
        { head: "mean score", numeric: true },
        { head: "rows", numeric: true },
        { head: "share of attacks", numeric: true },
        { head: "95 % interval", numeric: true },
      ],
      rates.map((rate, bin) => [share(predicted[bin]!), count(rate.of), share(observed[bin]!), interval(rate)]),
    ),
  });
}
