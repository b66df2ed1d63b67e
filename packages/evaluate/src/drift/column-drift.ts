import type { NumberSketch, TextSketch } from "@mlsec/preprocess";
import { expectedNumbers, type NumberCounts } from "./number-counts.js";
import { binsOf, kolmogorovSmirnovAtPoints, spreadOf, wassersteinAtPoints } from "./number-distances.js";
import { populationStability, stabilityByChance, sumOf } from "./psi.js";
import type { DriftCheck, FeatureDrift, NewCategories, NumberDrift, SharePair, TextDrift } from "./report.js";
import { beyondP, kolmogorovP, type Novelty, noveltyP, shareP } from "./significance.js";
import type { TextCounts } from "./text-counts.js";

/** How many new categories a report lists. */
const LISTED = 10;
/** Categories with a smaller share of all rows are counted together: their shares are mostly chance. */
const LEAST_SHARE = 0.01;

/** A check before it is known how many others there are. */
export type Test = Omit<DriftCheck, "level">;

/** A column's figures, and the tests that its level will rest on. */
export interface Measured<Drift extends FeatureDrift = FeatureDrift> {
  readonly figures: Drift extends FeatureDrift ? Omit<Drift, "level" | "checks"> : never;
  readonly tests: readonly Test[];
}

export function measureNumbers(name: string, sketch: NumberSketch, counts: NumberCounts): Measured<NumberDrift> {
  const expected = expectedNumbers(sketch, counts.points);
  const [n, m] = [sumOf(expected.counts), sumOf(counts.counts)];
  const isComparable = n > 0 && m > 0;
  const bins = binsOf(expected.counts, counts.counts);
  const ofBins = [bins.map((bin) => bin.expected), bins.map((bin) => bin.actual)] as const;
  const psi = populationStability(...ofBins);
  const ks = isComparable ? kolmogorovSmirnovAtPoints(expected, counts) : null;
  const wasserstein = isComparable ? wassersteinAtPoints(counts.points, expected, counts) : null;
  const spread = spreadOf(counts.points, expected, sketch.quantiles[(sketch.quantiles.length - 1) / 2] ?? 0);
  const normalized = wasserstein !== null && spread > 0 ? Math.min(Number.MAX_VALUE, wasserstein / spread) : null;
  const [belowRange, aboveRange] = n > 0 ? [counts.counts[0]!, counts.counts.at(-1)!] : [0, 0];
  return {
    figures: {
      type: "number",
      name,
      psi,
      psiByChance: stabilityByChance(...ofBins),
      missing: shares(sketch.missing, sketch.count, counts.missing, counts.rows),
      ks,
      wasserstein,
      normalizedWasserstein: normalized,
      infinite: shares(sketch.infinite, sketch.count, counts.infinite, counts.rows),
      belowRange,
      aboveRange,
    },
    tests: [
      ...(psi === null || ks === null ? [] : [{ check: "distribution", size: psi, p: kolmogorovP(ks, n, m) } as const]),
      shareTest("missing", sketch.missing, sketch.count, counts.missing, counts.rows),
      shareTest("infinite", sketch.infinite, sketch.count, counts.infinite, counts.rows),
      ...(isComparable
        ? [
            {
              check: "out-of-range",
              size: (belowRange + aboveRange) / m,
              p: beyondP(Math.max(belowRange, aboveRange), n, m),
            } as const,
          ]
        : []),
    ],
  };
}

export function measureTexts(name: string, sketch: TextSketch, counts: TextCounts): Measured<TextDrift> {
  const [n, m] = [sketch.count - sketch.missing, counts.rows - counts.missing];
  const cells = cellsOf(sketch, counts, n + m);
  const expected = cells.map((cell) => cell.expected);
  const actual = cells.map((cell) => cell.actual);
  const psi = populationStability(expected, actual);
  const isComplete = sketch.otherCategories === 0;
  return {
    figures: {
      type: "text",
      name,
      psi,
      psiByChance: stabilityByChance(expected, actual),
      missing: shares(sketch.missing, sketch.count, counts.missing, counts.rows),
      totalVariation: psi === null ? null : totalVariation(sketch, counts, n, m),
      newCategories: isComplete ? newCategories(counts, m) : null,
    },
    tests: [
      // Of the cell that changed most, for which there were as many chances as cells.
      ...(psi === null
        ? []
        : [
            {
              check: "distribution",
              size: psi,
              p: Math.min(1, cells.length * Math.min(...cells.map((cell) => shareP(cell.expected, n, cell.actual, m)))),
            } as const,
          ]),
      shareTest("missing", sketch.missing, sketch.count, counts.missing, counts.rows),
      ...(isComplete && m > 0
        ? [
            {
              check: "new-categories",
              size: counts.otherRows / m,
              p: noveltyP(noveltyOf(sketch, counts), n, m),
            } as const,
          ]
        : []),
    ],
  };
}

interface Cell {
  readonly expected: number;
  readonly actual: number;
}

/**
 * Expected and actual rows of each frequent category and of all others together. Which are frequent both sides decide: were
 * it training's rows alone, these would be too many by chance in those that it just takes for frequent.
 */
function cellsOf(sketch: TextSketch, counts: TextCounts, all: number): readonly Cell[] {
  const known = sketch.categories.map(([category, rows]) => ({ expected: rows, actual: counts.known.get(category)! }));
  // Where the sketch had no room for all categories, a new one may be one of those.
  const fresh =
    sketch.otherCategories > 0 ? [] : [...counts.others.values()].map((rows) => ({ expected: 0, actual: rows }));
  const frequent = [...known, ...fresh].filter(({ expected, actual }) => expected + actual >= LEAST_SHARE * all);
  const others = {
    expected: sketch.count - sketch.missing - sumOf(frequent.map(({ expected }) => expected)),
    actual: counts.rows - counts.missing - sumOf(frequent.map(({ actual }) => actual)),
  };
  return others.expected > 0 || others.actual > 0 ? [...frequent, others] : frequent;
}

function noveltyOf({ categories }: TextSketch, { otherRows, others }: TextCounts): Novelty {
  return {
    once: categories.filter(([, rows]) => rows === 1).length,
    rows: otherRows,
    greatest: Math.max(0, ...others.values()),
  };
}

/** Half the sum of the differences of the shares of all categories that the sketch names, and of all others together. */
function totalVariation(sketch: TextSketch, counts: TextCounts, n: number, m: number): number {
  const ofOthers = Math.abs(sketch.otherRows / n - counts.otherRows / m);
  const ofKnown = sketch.categories.map(([category, rows]) => Math.abs(rows / n - counts.known.get(category)! / m));
  return (ofOthers + sumOf(ofKnown)) / 2;
}

function newCategories(counts: TextCounts, present: number): NewCategories {
  const examples = [...counts.others]
    .map(([category, rows]) => ({ category, rows }))
    .sort((a, b) => b.rows - a.rows)
    .slice(0, LISTED);
  return { rows: counts.otherRows, share: present === 0 ? 0 : counts.otherRows / present, examples };
}

function shares(a: number, n: number, b: number, m: number): SharePair {
  return { training: a / n, now: b / m };
}

function shareTest(check: DriftCheck["check"], a: number, n: number, b: number, m: number): Test {
  return { check, size: b / m - a / n, p: shareP(a, n, b, m) };
}
