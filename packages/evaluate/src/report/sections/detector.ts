import { type AlertsPerDay, alertsPerDay, type Traffic } from "../../alerts.js";
import { averagePrecision } from "../../average-precision.js";
import { type BinaryMetrics, binaryMetrics } from "../../binary-metrics.js";
import { name, type Section, section, table, tiles } from "../blocks.js";
import type { DetectorEvaluation } from "../content.js";
import { count, grouped, interval, NONE, rateOf, score, share } from "../figures.js";
import { type Markup, markup, type Part } from "../markup.js";
import { classLines } from "./class-lines.js";
import { confusionTable } from "./confusion.js";

/** The detector at its threshold: what it finds, what it raises in vain, and how sure that is. */
export function detectorSection(evaluation: DetectorEvaluation): Section {
  const { isPositive, scores, threshold, classes = ["Normal", "Attack"], traffic } = evaluation;
  const metrics = binaryMetrics(isPositive, scores, threshold.value);
  const flagged = Array.from(scores, (value) => (value > threshold.value ? 1 : 0));
  return section(
    "detection",
    "Detection at the threshold",
    markup`<p>A row is flagged as ${name(classes[1])} where its score is greater than <strong>${score(threshold.value)}</strong> (${threshold.chosenBy}).</p>`,
    headline(metrics, isPositive, scores),
    traffic !== undefined && atWork(alertsPerDay(metrics, traffic), traffic),
    markup`<h3>Confusion</h3>`,
    confusionTable(isPositive, flagged, classes),
    markup`<h3>By class</h3>`,
    classLines(isPositive, flagged, classes),
  );
}

function headline(metrics: BinaryMetrics, isPositive: ArrayLike<number>, scores: ArrayLike<number>): Markup {
  const [negatives, positives] = metrics.confusionMatrix as [readonly [number, number], readonly [number, number]];
  const [quiet, alarms] = negatives;
  const [missed, hits] = positives;
  const rows = quiet + alarms + missed + hits;
  return tiles([
    rateTile("Detection rate (recall)", hits, missed + hits),
    rateTile("False-positive rate", alarms, quiet + alarms),
    rateTile("Precision", hits, alarms + hits),
    rateTile("Accuracy", hits + quiet, rows),
    { name: "F1", value: hits + missed + alarms === 0 ? NONE : score(metrics.f1) },
    { name: "Area under the ROC curve", value: metrics.auc === null ? NONE : score(metrics.auc) },
    {
      name: "Average precision",
      value: missed + hits === 0 ? NONE : score(averagePrecision(isPositive, scores)),
    },
    { name: "Test rows", value: count(rows), note: markup`${share((missed + hits) / rows)} positive` },
  ]);
}

/** A share of rows, with its interval. */
export function rateTile(name: string, successes: number, of: number): { name: string; value: Part; note: Part } {
  const rate = rateOf(successes, of);
  if (rate === null) return { name, value: NONE, note: "there are no such rows" };
  return { name, value: share(rate.value), note: markup`95 % interval ${interval(rate)}` };
}

function atWork(
  { alerts, attacksFound, falseAlarms, attacksMissed, shareReal }: AlertsPerDay,
  traffic: Traffic,
): Markup {
  const whole = (value: number): Markup => count(Math.round(value));
  return markup`<h3>Alerts per day</h3>
${table(
  `What these rates mean a day for ${grouped(Math.round(traffic.flowsPerDay))} flows, of which a share of ${traffic.prevalence} belongs to attacks`,
  [
    { head: "alerts", numeric: true },
    { head: "of them real", numeric: true },
    { head: "attacks found", numeric: true },
    { head: "attacks missed", numeric: true },
    { head: "false alarms", numeric: true },
  ],
  [[whole(alerts), share(shareReal), whole(attacksFound), whole(attacksMissed), whole(falseAlarms)]],
)}`;
}
