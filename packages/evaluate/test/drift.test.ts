import { readFileSync } from "node:fs";
import {
  fingerprintFromJSON,
  fingerprintTable,
  type Json,
  MlsecError,
  type NumberColumn,
  sketchColumn,
  sketchPredictions,
  Table,
  type TrainingFingerprint,
  textColumn,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectedNumbers, NumberCounts } from "../src/drift/number-counts.js";
import { binsOf, spreadOf } from "../src/drift/number-distances.js";
import { populationStability } from "../src/drift/psi.js";
import { beyondP, holm, kolmogorovDistance, kolmogorovP, noveltyP, shareP } from "../src/drift/significance.js";
import { MAX_CATEGORY_LENGTH, MAX_NEW_CATEGORIES } from "../src/drift/text-counts.js";
import {
  DriftMonitor,
  type DriftOptions,
  type DriftReport,
  detectDrift,
  driftText,
  driftThresholds,
  driftToMarkdown,
  type FeatureDrift,
  type NumberDrift,
  type Predictions,
  type TextDrift,
} from "../src/index.js";

// Made by interop/make_drift.py from scipy.
const goldens = JSON.parse(readFileSync(new URL("fixtures/drift.json", import.meta.url), "utf8"));

const numbers = (values: Iterable<number>): NumberColumn => ({ kind: "number", values: Float64Array.from(values) });
const drawn = (rows: number, draw: () => number): NumberColumn => numbers(Array.from({ length: rows }, draw));

/** What drift is measured against: a fingerprint but for its hash, which takes its time. */
function sketched(table: Table): TrainingFingerprint {
  const columns = [...table].map(([name, column]) => ({ name, sketch: sketchColumn(column) }));
  return { sha256: "", rows: table.rows, columns };
}

/** The drift of one column. */
function driftOf<Drift extends FeatureDrift>(training: Table, now: Table, options: DriftOptions = {}): Drift {
  const { features } = detectDrift(sketched(training), now, options);
  expect(features).toHaveLength(1);
  return features[0] as Drift;
}
const ofNumbers = (training: Iterable<number>, now: Iterable<number>): NumberDrift =>
  driftOf(Table.of([["x", numbers(training)]]), Table.of([["x", numbers(now)]]));
const ofTexts = (training: readonly (string | null)[], now: readonly (string | null)[]): TextDrift =>
  driftOf(Table.of([["x", textColumn(training)]]), Table.of([["x", textColumn(now)]]));
const checkOf = (drift: FeatureDrift, name: string) => drift.checks.find(({ check }) => check === name);

/** Connections: mostly zeros, a long tail, a rate, whole numbers and categories, one of them rare. */
function traffic(rows: number, seed: number): Table {
  const random = Random.seeded(seed);
  const bytes = (): number => (random.float() < 0.6 ? 0 : Math.floor(random.exponential() ** 4 * 1000));
  return Table.of([
    ["bytes", drawn(rows, bytes)],
    ["rate", drawn(rows, () => random.normal())],
    ["count", drawn(rows, () => random.below(9))],
    ["service", textColumn(Array.from({ length: rows }, () => ["http", "dns", "smtp"][random.below(3)]!))],
    ["flag", textColumn(Array.from({ length: rows }, () => (random.float() < 0.002 ? "S1" : "SF")))],
  ]);
}

const TRAINING = traffic(8000, 1);
const FINGERPRINT = await fingerprintTable(TRAINING);
const NOW = traffic(4000, 2);

function changed(name: string, change: (value: number, row: number) => number, table: Table = NOW): Table {
  return table.with(name, numbers(Array.from(table.numbers(name), change)));
}
function reworded(name: string, change: (text: string, row: number) => string | null, table: Table = NOW): Table {
  return table.with(name, textColumn(table.texts(name).map((text, row) => change(text!, row))));
}
function errorOf(action: () => unknown): MlsecError {
  try {
    action();
  } catch (error) {
    if (error instanceof MlsecError) return error;
    throw error;
  }
  throw new Error("There was no error.");
}

describe("statistics as scipy's, where the sketch holds every value", () => {
  it.each(goldens.numbers as any[])("numbers: $name", ({ training, now, ks, p, wasserstein, spread }) => {
    const drift = ofNumbers(training, now);
    expect(drift.ks).toBeCloseTo(ks, 12);
    expect(drift.wasserstein! / Math.max(1, wasserstein)).toBeCloseTo(wasserstein / Math.max(1, wasserstein), 12);
    expect(kolmogorovP(ks, training.length, now.length)).toBeCloseTo(p, 12);
    // Corrected for the report's four tests; not where another one is surer.
    if (drift.belowRange + drift.aboveRange === 0)
      expect(checkOf(drift, "distribution")!.p).toBeCloseTo(Math.min(1, 4 * p), 11);
    if (spread === 0) expect(drift.normalizedWasserstein).toBeNull();
    else expect(drift.normalizedWasserstein).toBeCloseTo(wasserstein / spread, 9);
  });

  it.each(goldens.texts as any[])("categories: $name", ({ training, now, totalVariation }) => {
    expect(ofTexts(training, now).totalVariation).toBeCloseTo(totalVariation, 12);
  });

  it("Kolmogorov's limit, from its middle to 1e-70", () => {
    for (const { distance, n, m, p } of goldens.kolmogorov)
      expect(Math.abs(kolmogorovP(distance, n, m) - p)).toBeLessThanOrEqual(1e-12 * p + 1e-15 * (p > 0.01 ? 1 : 0));
    for (const p of [0.01, 1e-6]) expect(kolmogorovP(kolmogorovDistance(p, 900, 700), 900, 700)).toBeCloseTo(p, 8);
  });
});

describe("statistics between a sketch's points", () => {
  const random = Random.seeded(5);
  const training = Array.from({ length: 5000 }, () => random.normal());

  it("the Kolmogorov–Smirnov distance falls short by less than a quantile step", () => {
    for (const shift of [0, 0.1, 0.5]) {
      const now = Array.from({ length: 3000 }, () => random.normal() + shift);
      const whole = exactKs(training, now);
      const { ks } = ofNumbers(training, now);
      expect(ks).toBeLessThanOrEqual(whole + 1e-12);
      expect(ks).toBeGreaterThan(whole - 0.025);
    }
  });

  it("the Wasserstein distance of a shift is that shift, to a hundredth of the spread", () => {
    for (const shift of [0.3, -1, 50]) {
      const drift = ofNumbers(
        training,
        training.map((value) => value + shift),
      );
      expect(drift.wasserstein).toBeGreaterThan(Math.abs(shift) - 0.01);
      expect(drift.wasserstein).toBeLessThan(Math.abs(shift) + 0.01);
    }
    // The values of the two ends do not lie in the middle of their places.
    expect(ofNumbers(training, training).wasserstein).toBeLessThan(0.02);
  });

  it("a long tail lies where the mean says, not in the middle of its place", () => {
    // 97.5 % of the values are below 10, one is a million: the middle of that place is 500,000.
    const tailed = Array.from({ length: 4000 }, (_, i) => (i === 0 ? 1e6 : random.float() * 10));
    const sketch = sketchColumn(numbers(tailed)) as any;
    const { points } = new NumberCounts(sketch);
    const mean = tailed.reduce((a, b) => a + b) / tailed.length;
    const spread = tailed.reduce((sum, value) => sum + Math.abs(value - sketch.quantiles[20]), 0) / tailed.length;
    expect(Math.abs(spreadOf(points, expectedNumbers(sketch, points), sketch.quantiles[20]) / spread - 1)).toBeLessThan(
      0.01,
    );
    expect(ofNumbers(tailed, tailed).wasserstein! / mean).toBeLessThan(0.01);
  });

  it("is a distance: 0 of the same rows, whatever they are, and all of the way where all of them moved", () => {
    const value = fc.oneof(
      fc.constant(0),
      fc.integer({ min: -5, max: 5 }),
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        (values, by) => {
          const same = ofNumbers(values, values);
          expect(same.ks).toBe(0);
          expect(same.psi).toBe(0);
          expect(same.level).toBe("none");
          const range = Math.max(...values) - Math.min(...values);
          const beyond = range + by;
          const moved = ofNumbers(
            values,
            values.map((one) => one + beyond),
          );
          // All of it moved past all of it: the distance is the way, but for where the values lie in their places.
          expect(Math.abs(moved.wasserstein! - beyond)).toBeLessThanOrEqual(range + 1e-6 * beyond);
          expect(moved.ks).toBe(1);
        },
      ),
    );
  });
});

describe("bins", () => {
  const binsFor = (values: number[]) => {
    const sketch = sketchColumn(numbers(values)) as any;
    const counts = new NumberCounts(sketch);
    return binsOf(expectedNumbers(sketch, counts.points).counts, counts.counts);
  };

  it("are the deciles of values that do not repeat", () => {
    const bins = binsFor(Array.from({ length: 8001 }, (_, i) => i));
    expect(bins).toHaveLength(10);
    for (const { expected } of bins) expect(Math.abs(expected - 800)).toBeLessThan(3);
  });

  it("hold every training row once, whatever the values, and each frequent value alone", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 400 }), (values) => {
        const bins = binsFor(values);
        expect(bins.reduce((sum, { expected }) => sum + expected, 0)).toBe(values.length);
      }),
    );
    const zeros = binsFor(Array.from({ length: 1000 }, (_, i) => (i < 985 ? 0 : i)));
    expect(zeros.map(({ expected }) => expected)).toEqual([0, 985, 15]);
  });

  it("give the index of its definition", () => {
    const [e, a] = [
      [80, 20],
      [20, 80],
    ];
    const share = (count: number): number => (count + 0.5) / 101;
    const by = (x: number, y: number): number => (x - y) * Math.log(x / y);
    expect(populationStability(e!, a!)).toBeCloseTo(2 * by(share(80), share(20)), 12);
    expect(populationStability([0, 0], [1, 2])).toBeNull();
  });
});

describe("significance", () => {
  it("Chernoff's bound is never below the exact probability, and near it for rare things", () => {
    // Nothing in 900 rows, five in 100: all five fall on these 100 with the probability C(995, 95) / C(1000, 100).
    const exact = (100 / 1000) * (99 / 999) * (98 / 998) * (97 / 997) * (96 / 996);
    expect(shareP(0, 900, 5, 100)).toBeGreaterThan(exact);
    expect(shareP(0, 900, 5, 100)).toBeLessThan(5 * exact);
    expect(shareP(3, 30, 10, 100)).toBe(1);
    expect(shareP(0, 0, 1, 1)).toBe(1);
    expect(shareP(1000, 1000, 0, 1000)).toBeLessThan(1e-300);
  });

  it("a single new category is as improbable as that all its rows fall on one side, and many small ones count together", () => {
    expect(noveltyP({ once: 0, rows: 4, greatest: 4 }, 900, 100)).toBeCloseTo(2 * (1000 / 4) * 1e-4, 12);
    expect(noveltyP({ once: 0, rows: 3000, greatest: 1 }, 9000, 9000)).toBeLessThan(1e-20);
    expect(noveltyP({ once: 3000, rows: 3000, greatest: 1 }, 9000, 9000)).toBe(1);
    expect(noveltyP({ once: 0, rows: 0, greatest: 0 }, 9000, 9000)).toBe(1);
  });

  it("Holm's correction as in its paper: the least times all, the next times one less, never decreasing", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([])).toEqual([]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });

  it("no test of samples of one distribution is wrong more often than it says", () => {
    const random = Random.seeded(9);
    const [runs, level] = [2000, 0.05];
    const wrong = { ks: 0, share: 0, beyond: 0, texts: 0 };
    for (let run = 0; run < runs; run++) {
      const draw = (): number => (random.float() < 0.5 ? 0 : random.exponential());
      const drift = ofNumbers(Array.from({ length: 150 }, draw), Array.from({ length: 80 }, draw));
      if (kolmogorovP(drift.ks!, 150, 80) <= level) wrong.ks++;
      const rare = (rows: number): number =>
        Array.from({ length: rows }, () => random.float()).filter((x) => x < 0.02).length;
      if (shareP(rare(300), 300, rare(200), 200) <= level) wrong.share++;
      if (beyondP(Math.max(drift.belowRange, drift.aboveRange), 150, 80) <= level) wrong.beyond++;
      const word = (): string => String(Math.floor(random.exponential() * 8));
      const texts = ofTexts(Array.from({ length: 200 }, word), Array.from({ length: 200 }, word));
      if (texts.checks.some(({ p }) => p <= level)) wrong.texts++;
    }
    for (const count of Object.values(wrong))
      expect(count / runs).toBeLessThan(level + 3 * Math.sqrt((level * 0.95) / runs));
    // And a test that never rejects would tell nothing.
    expect(wrong.ks).toBeGreaterThan(0);
  });
});

describe("a report", () => {
  it("of rows like those of training has no alert, in windows of any size", () => {
    for (const rows of [1, 2, 10, 100, 1000, 4000]) {
      for (let seed = 10; seed < 30; seed++) {
        const report = detectDrift(FINGERPRINT, traffic(rows, seed));
        expect(report.verdict, `${rows} rows, seed ${seed}`).toBe("none");
      }
    }
  });

  const DRIFTS: readonly (readonly [what: string, now: Table, column: string, check: string])[] = [
    ["numbers that shifted", changed("rate", (x) => x + 1), "rate", "distribution"],
    ["zeros that are no longer", changed("bytes", (x) => (x === 0 ? 5 : x)), "bytes", "distribution"],
    [
      "values beyond all of training",
      changed("rate", (x, row) => (row % 10 === 0 ? x + 100 : x)),
      "rate",
      "out-of-range",
    ],
    ["a column that went constant", changed("count", () => 4), "count", "distribution"],
    ["missing numbers", changed("rate", (x, row) => (row % 10 === 0 ? Number.NaN : x)), "rate", "missing"],
    ["no number left", changed("rate", () => Number.NaN), "rate", "missing"],
    ["infinite numbers", changed("rate", (x, row) => (row % 10 === 0 ? -1 / 0 : x)), "rate", "infinite"],
    ["other shares of categories", reworded("service", (x) => (x === "dns" ? "http" : x)), "service", "distribution"],
    [
      "a rare category that became frequent",
      reworded("flag", (_, row) => (row % 3 === 0 ? "S1" : "SF")),
      "flag",
      "distribution",
    ],
    ["new categories", reworded("service", (x, row) => (row % 10 === 0 ? "quic" : x)), "service", "new-categories"],
    ["missing categories", reworded("service", (x, row) => (row % 10 === 0 ? null : x)), "service", "missing"],
    ["no category left", reworded("service", () => null), "service", "missing"],
  ];
  it.each(DRIFTS)("finds %s, and nothing else", (_, now, column, check) => {
    const report = detectDrift(FINGERPRINT, now);
    expect(report.verdict).toBe("drift");
    const found = report.features.filter(({ level }) => level !== "none");
    expect(found.map(({ name }) => name)).toEqual([column]);
    expect(checkOf(found[0]!, check)).toMatchObject({ level: "drift" });
    expect(checkOf(found[0]!, check)!.p).toBeLessThanOrEqual(report.significance);
    // Plain JSON: no NaN, no infinity, no typed array, nothing undefined.
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(driftText(report)).toContain(`DRIFT  Column "${column}"`);
  });

  it("says watch between the thresholds", () => {
    const share = (driftThresholds.share.watch + driftThresholds.share.drift) / 2;
    const now = changed("rate", (x, row) => (row % Math.round(1 / share) === 0 ? Number.NaN : x));
    expect(detectDrift(FINGERPRINT, now)).toMatchObject({ verdict: "watch" });
    expect(driftText(detectDrift(FINGERPRINT, now))).toMatch(/^Verdict: to be watched\./);
  });

  it("keeps quiet about changes that are sure but small", () => {
    const drift = checkOf(
      detectDrift(
        sketched(traffic(50_000, 3)),
        changed("rate", (x) => x + 0.1, traffic(50_000, 4)),
      ).features[1]!,
      "distribution",
    )!;
    expect(drift).toMatchObject({ level: "none" });
    expect(drift.p).toBeLessThan(1e-10);
  });

  it("keeps quiet about changes that are large but unsure, and says how little so few rows show", () => {
    const report = detectDrift(
      FINGERPRINT,
      changed("rate", (x) => x + 0.5, traffic(12, 3)),
    );
    expect(report.features[1]!.psi).toBeGreaterThan(driftThresholds.psi.drift);
    expect(report.verdict).toBe("none");
    expect(report.detectableDistance).toBeGreaterThan(0.4);
    expect(driftText(report)).toContain("So few rows show only large changes");
    expect(detectDrift(FINGERPRINT, NOW).detectableDistance).toBeLessThan(0.06);
  });

  it("expects as many new categories as training had ones that occur once, and no identifiers to come back", () => {
    const texts = (rows: number, from: number): string[] => Array.from({ length: rows }, (_, i) => `10.0.${i + from}`);
    for (const rows of [20, 1000]) {
      const { level, newCategories } = ofTexts(texts(rows, 0), texts(rows, rows));
      expect(level).toBe("none");
      // Twenty fit into a sketch, a thousand do not: then what is new is unknown.
      expect(newCategories === null).toBe(rows === 1000);
    }
    const random = Random.seeded(4);
    const word = (): string => `w${Math.floor(random.exponential() ** 2 * 30)}`;
    const drift = ofTexts(Array.from({ length: 600 }, word), Array.from({ length: 600 }, word));
    expect(drift.newCategories!.rows).toBeGreaterThan(10);
    expect(drift.level).toBe("none");
  });

  it("compares only the columns that are asked for, in the fingerprint's order", () => {
    const now = NOW.select(["flag", "rate"]);
    const report = detectDrift(FINGERPRINT, now, { columns: ["flag", "rate"] });
    expect(report.features.map(({ name }) => name)).toEqual(["rate", "flag"]);
    expect(report.tests).toBe(7);
  });

  it("reads numbers in a column of text as text", () => {
    const codes = Table.of([["x", textColumn(["1", "2", "2", "1.5"])]]);
    const drift = driftOf<TextDrift>(codes, Table.of([["x", numbers([1, 2, 2, 1.5, Number.NaN])]]));
    expect(drift).toMatchObject({ totalVariation: 0, newCategories: { rows: 0 }, missing: { now: 0.2 } });
  });
});

describe("predictions", () => {
  const classes = ["Normal", "Attack"];
  const predicted = (rows: number, attacks: number, seed: number): Predictions => {
    const random = Random.seeded(seed);
    const probabilities = Float64Array.from({ length: rows }, () => {
      const low = random.float() * 0.3;
      return random.float() < attacks ? 1 - low : low;
    });
    return { classes, probabilities, codes: Int32Array.from(probabilities, (p) => (p > 0.5 ? 1 : 0)) };
  };
  const { codes, probabilities } = predicted(5000, 0.3, 1);
  const predictions = sketchPredictions("test rows", classes, codes, probabilities);
  const reportOf = (given: Predictions, expected = predictions): DriftReport =>
    detectDrift(FINGERPRINT, NOW, { predictions: expected, predicted: given });

  it("like those before are no drift; other shares of classes and other probabilities are", () => {
    expect(reportOf(predicted(4000, 0.3, 2)).predictions).toMatchObject({ level: "none", measuredOn: "test rows" });
    const report = reportOf(predicted(4000, 0.8, 2));
    expect(report).toMatchObject({ verdict: "drift", predictions: { level: "drift" } });
    expect(report.predictions!.classes.level).toBe("drift");
    expect(report.features.every(({ level }) => level === "none")).toBe(true);
    expect(driftText(report)).toContain("DRIFT  Predicted classes: PSI");
    const unsure = predicted(4000, 0.3, 2);
    const nearer = { ...unsure, probabilities: unsure.probabilities.map((p) => 0.5 + (p - 0.5) / 3) };
    expect(reportOf(nearer).predictions).toMatchObject({
      level: "drift",
      classes: { level: "none" },
      probabilities: { level: "drift" },
    });
  });

  it("that are missing where they never were are drift", () => {
    const given = predicted(4000, 0.3, 2);
    for (let row = 0; row < 400; row++) {
      given.codes[row] = -1;
      given.probabilities[row] = Number.NaN;
    }
    const { predictions } = reportOf(given);
    expect(checkOf(predictions!.classes, "missing")).toMatchObject({ level: "drift", size: 0.1 });
  });

  it("are compared by class alone where there are no probabilities, and not at all where none are expected or given", () => {
    const onlyClasses = sketchPredictions("test rows", classes, codes, null);
    expect(reportOf(predicted(4000, 0.3, 2), onlyClasses).predictions).toMatchObject({ probabilities: null });
    expect(detectDrift(FINGERPRINT, NOW, { predicted: predicted(4000, 0.9, 2) }).predictions).toBeNull();
    expect(detectDrift(FINGERPRINT, NOW, { predictions }).predictions).toBeNull();
  });

  it("must be one a row, of the classes given", () => {
    expect(errorOf(() => reportOf(predicted(3999, 0.3, 2))).code).toBe("length-mismatch");
    const given = predicted(4000, 0.3, 2);
    given.codes[7] = 2;
    expect(errorOf(() => reportOf(given))).toMatchObject({ code: "code-out-of-range", details: { row: 7, got: 2 } });
  });
});

describe("a monitor", () => {
  const odd = reworded("service", (x, row) => (row % 7 === 0 ? `new ${row % 900}` : row % 11 === 0 ? null : x));
  const now = changed("bytes", (x, row) => (row % 13 === 0 ? Number.NaN : row % 17 === 0 ? 1 / 0 : x * 1.1), odd);

  it("reports the same of the same rows, however they are cut", () => {
    const whole = detectDrift(FINGERPRINT, now);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: now.rows }), { maxLength: 8 }), (cuts) => {
        const monitor = new DriftMonitor(FINGERPRINT);
        const ends = [...cuts.sort((a, b) => a - b), now.rows];
        let from = 0;
        for (const to of ends) {
          const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
          // Dictionaries in another order, as files cut in pieces have them.
          monitor.add(now.take(rows).with("service", textColumn(now.take(rows).texts("service"))));
          from = to;
        }
        expect(monitor.rows).toBe(now.rows);
        expect(monitor.report()).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  it("goes on after a report", () => {
    const monitor = new DriftMonitor(FINGERPRINT);
    monitor.add(NOW);
    expect(monitor.report().verdict).toBe("none");
    for (let i = 0; i < 3; i++) monitor.add(changed("rate", (x) => x + 2));
    expect(monitor.report()).toMatchObject({ verdict: "drift", rows: 16_000 });
  });

  it("keeps a bounded number of new categories of bounded length, and counts all their rows", () => {
    const monitor = new DriftMonitor(FINGERPRINT, { columns: ["service"] });
    const long = "x".repeat(MAX_CATEGORY_LENGTH + 1);
    for (let chunk = 0; chunk < 30; chunk++) {
      const cells = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? `id ${chunk}-${i}` : long));
      monitor.add(Table.of([["service", textColumn([...cells, "id 0-0", "id 0-0"])]]));
    }
    const { newCategories } = monitor.report().features[0] as TextDrift;
    expect(newCategories!.rows).toBe(30 * 102);
    expect(newCategories!.examples).toHaveLength(10);
    expect(newCategories!.examples[0]).toEqual({ category: "id 0-0", rows: 61 });
    const kept = (monitor as any).columns[0];
    expect(JSON.stringify(kept).length).toBeLessThan(MAX_NEW_CATEGORIES * MAX_CATEGORY_LENGTH);
  });

  it("counts nothing of a table that does not fit, and says what is wrong with it", () => {
    const monitor = new DriftMonitor(FINGERPRINT);
    const renamed = NOW.drop(["bytes", "rate"]).with(" rate", NOW.column("rate"));
    const missing = errorOf(() => monitor.add(renamed));
    expect(missing).toMatchObject({ code: "missing-feature", details: { missing: ["bytes", "rate"] } });
    expect(missing.message).toContain("2 of the 5 columns to compare are missing");
    expect(missing.message).toContain("expected 'rate', found ' rate': same but for a leading space");
    const typed = errorOf(() => monitor.add(NOW.with("rate", textColumn(NOW.texts("rate")))));
    expect(typed).toMatchObject({ code: "wrong-type", details: { columns: ["rate"] } });
    expect(monitor.rows).toBe(0);
    expect(errorOf(() => monitor.report()).code).toBe("no-rows");
    monitor.add(NOW);
    expect(monitor.report()).toEqual(detectDrift(FINGERPRINT, NOW));
  });

  it("takes no fingerprint of nothing, no unknown columns, no significance that is none", () => {
    const code = (options: DriftOptions, fingerprint = FINGERPRINT): string =>
      errorOf(() => new DriftMonitor(fingerprint, options)).code;
    expect(code({}, sketched(Table.of([["x", numbers([])]])))).toBe("no-rows");
    expect(code({ columns: ["rat"] })).toBe("missing-column");
    for (const significance of [0, 1, -1, Number.NaN]) expect(code({ significance })).toBe("invalid-option");
  });
});

describe("hostile columns", () => {
  it("of nothing but missing cells, on either side, have no distances and a level by what is missing", () => {
    const nothing = Array.from({ length: 500 }, () => Number.NaN);
    const something = Array.from({ length: 500 }, (_, i) => i);
    expect(ofNumbers(nothing, nothing)).toMatchObject({ level: "none", psi: null, ks: null, wasserstein: null });
    expect(ofNumbers(nothing, something)).toMatchObject({ level: "drift", psi: null, aboveRange: 0, belowRange: 0 });
    expect(ofNumbers(something, nothing)).toMatchObject({ level: "drift", psi: null, normalizedWasserstein: null });
    const empty = Array.from({ length: 500 }, () => null);
    const words = Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? "a" : "b"));
    expect(ofTexts(empty, empty)).toMatchObject({ level: "none", psi: null, totalVariation: null });
    expect(ofTexts(empty, words)).toMatchObject({ level: "drift", psi: null });
    expect(ofTexts(words, empty)).toMatchObject({ level: "drift", totalVariation: null, newCategories: { share: 0 } });
  });

  it("of any numbers at all give finite figures", () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 0, -0, 1 / 0, -1 / 0, Number.NaN),
    );
    const some = fc.array(value, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(some, some, (training, now) => {
        const drift = ofNumbers(training, now);
        expect(JSON.parse(JSON.stringify(drift))).toEqual(drift);
        for (const figure of [drift.psi, drift.ks, drift.wasserstein, drift.normalizedWasserstein])
          if (figure !== null) expect(figure).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  it("whose names and categories are anything", () => {
    const name = "__proto__";
    const table = Table.of([[name, textColumn(["constructor", "a|b\n", "__proto__", null])]]);
    const now = Table.of([[name, textColumn(Array.from({ length: 300 }, () => "x|y\nz"))]]);
    const report = detectDrift(sketched(table), now);
    expect(report.features[0]!.name).toBe(name);
    const markdown = driftToMarkdown(report).trimEnd().split("\n");
    const rows = markdown.slice(markdown.findIndex((line) => line.startsWith("| :--")) + 1);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.replaceAll("\\|", "").split("|")).toHaveLength(8);
  });

  it("sketches from before exact counts were kept are compared as near as their quantiles tell", () => {
    const json = JSON.parse(JSON.stringify(FINGERPRINT));
    for (const { sketch } of json.columns) {
      delete sketch.below;
      delete sketch.upTo;
    }
    const old = fingerprintFromJSON(json as Json);
    const [now, was] = [detectDrift(FINGERPRINT, NOW), detectDrift(old, NOW)];
    for (const [index, feature] of was.features.entries()) {
      if (feature.type === "number")
        expect(Math.abs(feature.ks! - (now.features[index] as NumberDrift).ks!)).toBeLessThan(0.03);
    }
    expect(
      detectDrift(
        old,
        changed("rate", (x) => x + 1),
      ).verdict,
    ).toBe("drift");
  });
});

describe("the text", () => {
  it("has the verdict, the worst first, and nothing about what is as before", () => {
    const now = reworded(
      "service",
      (x, row) => (row % 10 === 0 ? "quic" : x),
      changed("rate", (x) => x + 1),
    );
    const text = driftText(detectDrift(FINGERPRINT, now));
    expect(text).toMatch(
      /^Verdict: drift\. 4000 rows compared with 8000 training rows\.\nOf 5 columns 2 drifted, 0 changed; predictions: not compared\.\n\n/,
    );
    expect(text).toContain('400 rows (10.00 %) of categories that training had not: "quic"');
    expect(text).not.toContain("bytes");
    expect(text.endsWith(".\n")).toBe(true);
    expect(driftText(detectDrift(FINGERPRINT, NOW))).toBe(
      "Verdict: no drift. 4000 rows compared with 8000 training rows.\nOf 5 columns 0 drifted, 0 changed; predictions: not compared.\n",
    );
    const markdown = driftToMarkdown(detectDrift(FINGERPRINT, now));
    expect(markdown).toContain('| Column "rate" | drift |');
    expect(markdown.match(/^\| Column/gm)).toHaveLength(5);
  });
});

/** The two-sample statistic of all values. */
function exactKs(a: readonly number[], b: readonly number[]): number {
  const share = (of: readonly number[], value: number): number => of.filter((one) => one <= value).length / of.length;
  const some = [...a, ...b];
  return Math.max(...some.map((value) => Math.abs(share(a, value) - share(b, value))));
}
