import { describe, expect, it } from "vitest";
import {
  accuracy,
  alertsPerDay,
  averagePrecision,
  balancedAccuracy,
  binaryMetrics,
  brierScore,
  calibrationCurve,
  chooseThreshold,
  classificationReport,
  confusionMatrix,
  logLoss,
  macroF1,
  matthewsCorrelation,
  precisionRecallCurve,
  rocAuc,
  weightedF1,
  wilsonInterval,
} from "../src/index.js";
import { reportHtml } from "../src/report/index.js";
import { CLASSES, classifier, detector, everything } from "./report-content.js";
import { byName, type Element, elementsOf, numbersOf, parseXml, rowsOf, textOf } from "./xml.js";

/** Every number of every table must be the metric functions' own, to the last bit: a report that differs misleads. */
const own = detector(2000);
const { isPositive, scores, threshold } = own;
const measured = binaryMetrics(isPositive, scores, threshold.value);
const flagged = Array.from(scores, (score) => (score > threshold.value ? 1 : 0));
const several = classifier(800);
const page = parseXml(await reportHtml({ title: "Numbers", detector: own, classifier: several }));

const section = (id: string): Element => byName(page, "section").find(({ attributes }) => attributes.get("id") === id)!;
const rowNumbers = (root: Element, caption: string | RegExp): number[][] =>
  rowsOf(root, caption).map((cells) => cells.flatMap(numbersOf));
const low = (successes: number, of: number): [number, number] => {
  const { low, high } = wilsonInterval(successes, of);
  return [low, high];
};
const tilesOf = (root: Element): Map<string, number[]> =>
  new Map(
    byName(byName(root, "dl")[0]!, "div").map((tile) => [
      textOf(byName(tile, "dt")[0]!),
      numbersOf(byName(tile, "dd")[0]!),
    ]),
  );

describe("the numbers of a detector's report", () => {
  const [[quiet, alarms], [missed, hits]] = measured.confusionMatrix as unknown as [[number, number], [number, number]];

  it("are those of binaryMetrics, with Wilson's intervals, on the tiles", () => {
    expect(Object.fromEntries(tilesOf(section("detection")))).toEqual({
      "Detection rate (recall)": [measured.recall, ...low(hits, hits + missed)],
      "False-positive rate": [measured.falsePositiveRate, ...low(alarms, alarms + quiet)],
      Precision: [measured.precision, ...low(hits, hits + alarms)],
      Accuracy: [measured.accuracy, ...low(hits + quiet, 2000)],
      F1: [measured.f1],
      "Area under the ROC curve": [measured.auc],
      "Average precision": [averagePrecision(isPositive, scores)],
      "Test rows": [2000, (hits + missed) / 2000],
    });
  });

  it("are those of the confusion matrix, as counts and as shares of the row", () => {
    const counts = confusionMatrix(isPositive, flagged, 2);
    const shares = confusionMatrix(isPositive, flagged, 2, { normalize: "true" });
    expect(counts.map((row) => [...row])).toEqual(measured.confusionMatrix);
    expect(rowNumbers(section("detection"), /^Confusion matrix/)).toEqual(
      counts.map((row, i) => row.flatMap((count, j) => (count === 0 ? [0] : [count, shares[i]![j]!]))),
    );
  });

  it("are those of alertsPerDay", () => {
    const { alerts, shareReal, attacksFound, attacksMissed, falseAlarms } = alertsPerDay(measured, own.traffic!);
    expect(rowNumbers(section("detection"), /^What these rates mean a day for 1,000,000 flows/)).toEqual([
      [Math.round(alerts), shareReal, Math.round(attacksFound), Math.round(attacksMissed), Math.round(falseAlarms)],
    ]);
  });

  it("are the detection rates of each type, the most frequent first", () => {
    const rows = rowsOf(section("types"), /^Share of the test rows of each type/);
    expect(rows.map(([type]) => textOf(type!)).sort()).toEqual(["back", "neptune", "smurf"]);
    let before = Number.POSITIVE_INFINITY;
    for (const [type, ...cells] of rows) {
      const ofType = Array.from(scores).filter((_, row) => isPositive[row] === 1 && own.types![row] === textOf(type!));
      const found = ofType.filter((score) => score > threshold.value).length;
      expect(cells.flatMap(numbersOf)).toEqual([
        ofType.length,
        found,
        found / ofType.length,
        ...low(found, ofType.length),
      ]);
      expect(ofType.length).toBeLessThanOrEqual(before);
      before = ofType.length;
    }
  });

  it("are what chooseThreshold finds within each budget", () => {
    const rows = rowNumbers(section("curves"), "The most that is found within a budget of false positives");
    expect(rows.length).toBeGreaterThan(8);
    for (const [budget, rate] of rows) {
      // It may not flag every row; within a budget below 1 that is no choice here, as the last rows are normal ones.
      const { recall } = chooseThreshold(isPositive, scores, { rule: "false-positive-budget", budget: budget! });
      expect([budget, rate]).toEqual([budget, recall]);
    }
  });

  it("are the highest precisions of precisionRecallCurve", () => {
    const { precision, recall } = precisionRecallCurve(isPositive, scores);
    const rows = rowNumbers(section("curves"), "The highest precision at a threshold that finds so much");
    expect(rows.at(-1)![0]).toBe(1);
    for (const [least, shown] of rows) {
      const possible = [...precision].filter((_, i) => i < precision.length - 1 && recall[i]! >= least!);
      expect(shown).toBe(Math.max(...possible));
    }
  });

  it("are those of binaryMetrics at every threshold of the table, the detector's own among them", () => {
    const rows = rowsOf(section("curves"), /^Rates at some thresholds/);
    expect(rows.filter(([first]) => textOf(first!).includes("the detector's"))).toHaveLength(1);
    expect(rows).toHaveLength(21);
    for (const cells of rows) {
      const [at, many, ...rates] = cells.flatMap(numbersOf);
      const { recall, falsePositiveRate, precision } = binaryMetrics(isPositive, scores, at!);
      const above = scores.filter((score) => score > at!).length;
      expect([many, ...rates]).toEqual([above, recall, falsePositiveRate, ...(above === 0 ? [] : [precision])]);
    }
  });

  it("are those of calibrationCurve, brierScore and logLoss", () => {
    const { predicted, observed, rows } = calibrationCurve(isPositive, scores, { bins: 10 });
    expect(rowNumbers(section("curves"), /^Rows by score, in 10 parts/)).toEqual(
      Array.from(rows, (many, bin) => [
        predicted[bin],
        many,
        observed[bin],
        ...low(Math.round(observed[bin]! * many), many),
      ]),
    );
    const figure = byName(page, "figure").find((one) => textOf(one).startsWith("\nCalibration"))!;
    expect(numbersOf(byName(figure, "figcaption")[0]!)).toEqual([
      brierScore(isPositive, scores),
      logLoss(isPositive, scores),
    ]);
  });

  it("count every row once by its score", () => {
    const rows = rowNumbers(section("curves"), "Rows by score");
    expect(rows).toHaveLength(20);
    for (const [from, to, normal, attacks] of rows.slice(0, -1)) {
      const inside = (positive: number): number =>
        scores.filter((score, row) => isPositive[row] === positive && score >= from! && score < to!).length;
      expect([normal, attacks]).toEqual([inside(0), inside(1)]);
    }
    expect(rows.reduce((sum, [, , normal, attacks]) => sum + normal! + attacks!, 0)).toBe(2000);
  });

  it("are drawn where they belong: the curve from corner to corner, the dot at the threshold's rates", () => {
    const roc = byName(page, "svg").find(
      ({ attributes }) => attributes.get("aria-labelledby") === "roc-title roc-desc",
    )!;
    const curve = byName(roc, "path").find(({ attributes }) => attributes.get("class") === "line first")!;
    // The plot's field reaches from 60 to 454 and from 290 up to 12.
    expect(curve.attributes.get("d")).toMatch(/^M60,290L.*454,12$/);
    const [dot] = byName(roc, "circle");
    expect(Number(dot!.attributes.get("cx"))).toBeCloseTo(60 + measured.falsePositiveRate * 394, 0);
    expect(Number(dot!.attributes.get("cy"))).toBeCloseTo(290 - measured.recall * 278, 0);
  });
});

describe("the numbers of a classifier's report", () => {
  const { labels, predicted, probabilities } = several;

  it("are those of the metric functions on the tiles", () => {
    const right = Array.from(predicted).filter((code, row) => code === labels.codes[row]).length;
    expect(Object.fromEntries(tilesOf(section("classes")))).toEqual({
      Accuracy: [accuracy(labels.codes, predicted), ...low(right, 800)],
      "Macro F1": [macroF1(labels.codes, predicted, 4)],
      "Weighted F1": [weightedF1(labels.codes, predicted, 4)],
      "Balanced accuracy": [balancedAccuracy(labels.codes, predicted, 4)],
      "Matthews correlation": [matthewsCorrelation(labels.codes, predicted, 4)],
      "Test rows": [800],
    });
  });

  it("are those of classificationReport by class, with intervals of the rows that they rest on", () => {
    const counts = confusionMatrix(labels.codes, predicted, 4);
    expect(rowNumbers(section("classes"), "Precision, recall and F1 by class")).toEqual(
      classificationReport(labels, predicted).perClass.map(({ precision, recall, f1, support }, code) => {
        const called = counts.reduce((sum, row) => sum + row[code]!, 0);
        const hits = counts[code]![code]!;
        return [support, recall, ...low(hits, support), precision, ...low(hits, called), f1];
      }),
    );
  });

  it("are those of the confusion matrix", () => {
    const rows = rowNumbers(section("classes"), /^Confusion matrix/);
    const counts = confusionMatrix(labels.codes, predicted, 4);
    const shares = confusionMatrix(labels.codes, predicted, 4, { normalize: "true" });
    expect(rows).toEqual(
      counts.map((row, i) => row.flatMap((count, j) => (count === 0 ? [0] : [count, shares[i]![j]!]))),
    );
  });

  it("are each class's areas against all others", () => {
    const rows = rowsOf(section("class-curves"), "How well the probability of a class tells it from all others");
    expect(rows.map(([name]) => textOf(name!))).toEqual(CLASSES);
    for (const [code, cells] of rows.entries()) {
      const isIt = labels.codes.map((own) => (own === code ? 1 : 0));
      const own = Float64Array.from(labels.codes, (_, row) => probabilities![row * 4 + code]!);
      expect(cells.flatMap(numbersOf)).toEqual([
        isIt.filter((one) => one === 1).length,
        rocAuc(isIt, own),
        averagePrecision(isIt, own),
      ]);
    }
  });
});

describe("every number of a report", () => {
  it("is shown as what it is, rounded", async () => {
    const all = byName(parseXml(await reportHtml(await everything())), "data");
    expect(all.length).toBeGreaterThan(300);
    for (const element of all) {
      const exact = Number(element.attributes.get("value"));
      const text = textOf(element);
      if (text.startsWith("under") || text.startsWith("over")) {
        expect([text, exact < 0.0001 || exact > 0.9999, exact === 0 || exact === 1]).toEqual([text, true, false]);
        continue;
      }
      const read = Number(text.replaceAll(",", "").replaceAll("−", "-").replace(/ %$/, ""));
      const unit = text.endsWith("%") ? 100 : 1;
      const decimals = (/\.(\d+)/.exec(text)?.[1] ?? "").length;
      const power = Number(/e(.\d+)/.exec(text.replaceAll("−", "-"))?.[1] ?? 0);
      const off = Math.abs(exact * unit - read) / 10 ** (power - decimals);
      expect([text, off <= 0.5 + 1e-6]).toEqual([text, true]);
    }
  });

  it("has a table for each plot, or stands in one", async () => {
    const report = parseXml(await reportHtml(await everything()));
    for (const figure of byName(report, "figure").filter((one) => byName(one, "h3").length > 0)) {
      const title = textOf(byName(figure, "h3")[0]!);
      // The second ROC curve is the first one again.
      if (title === "ROC curve at low false-positive rates") continue;
      expect([title, byName(figure, "table").length]).toEqual([title, 1]);
    }
    expect(elementsOf(report).filter(({ name }) => name === "figure").length).toBeGreaterThan(6);
  });
});
