import { Breather, DEFAULT_SEED, type FeatureMatrix, type Labels, throwIfAborted } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { binColumns } from "./binned-columns.js";
import { type Scoring, scoring } from "./criterion.js";
import { DrawingSplitter } from "./drawing-splitter.js";
import { FittedTree } from "./fitted-tree.js";
import { GiniScanner } from "./gini-scanner.js";
import { growTree } from "./grow.js";
import { HistogramSplitter } from "./histogram-splitter.js";
import { checkRange, checkTrainingShape } from "./input-checks.js";
import {
  chosenSplitter,
  classFactors,
  type DecisionTreeOptions,
  type GrowthRules,
  growthRules,
  invalidOption,
} from "./options.js";
import { prunedNodes } from "./pruning.js";
import { RankedMatrix, rankColumns } from "./ranked-matrix.js";
import { sortedColumns } from "./sorted-columns.js";
import { SortedSplitter } from "./sorted-splitter.js";
import type { Splitter } from "./splitter.js";
import { type TrainingRows, trainingRows } from "./training-rows.js";

/** What trees learn from: a matrix, or its ranked columns where several fits share the ranking. */
export type TrainingMatrix = FeatureMatrix | RankedMatrix;

/**
 * A fitted CART classification tree with scikit-learn's semantics: exact splits on float32 values, float64 thresholds.
 *
 * Differs from scikit-learn's `DecisionTreeClassifier` where several splits are equally good: there the winner is
 * drawn, here it is the first feature in column order, and of its thresholds the lowest; so a tree of all features
 * depends on its data alone. Where features are drawn (`maxFeatures`), the one drawn first wins.
 */
export class DecisionTreeClassifier extends FittedTree {
  /**
   * Grows a tree.
   *
   * @param matrix at least one row and one feature, every value finite and within float32's range, or NaN where missing.
   * @param labels one class per row.
   * @param options see `DecisionTreeOptions`; `seed` matters only where `maxFeatures` draws features.
   * @throws MlsecError `not-finite`, `no-rows`, `no-features`, `length-mismatch`, `invalid-labels`, `invalid-option`,
   *   `invalid-seed` or `aborted`.
   */
  static async fit(
    matrix: TrainingMatrix,
    labels: Labels,
    options: DecisionTreeOptions = {},
  ): Promise<DecisionTreeClassifier> {
    checkTrainingShape(matrix, labels);
    const rules = growthRules(options, matrix.features.length);
    const splitter = chosenSplitter(options.splitter, matrix.rows, rules.maxFeatures < matrix.features.length);
    const random = Random.seeded(options.seed ?? DEFAULT_SEED);
    const factors = classFactors(options.classWeight, labels);
    const units = sampleUnits(options.sampleWeight, matrix.rows);
    const data = trainingRows(labels.codes, units, factors);
    if (data.rows.length === 0) {
      throw invalidOption("sampleWeight with classWeight", "positive for at least one row", "0 for all");
    }
    throwIfAborted(options.signal);
    const { signal, onProgress } = options;
    const breather = new Breather(signal);
    const scores = scoring(rules.criterion, factors, data.classUnits, data.whole);
    const nodes = await growTree({
      data,
      splitter: await splitterOf(splitter, matrix, data, scores, rules, random, breather),
      scoring: scores,
      rules,
      breather,
      onSettled: (done) => onProgress?.({ what: "growing the tree", done, total: data.rows.length }),
    });
    const pruned = prunedNodes(nodes, rules.ccpAlpha);
    return new DecisionTreeClassifier([...labels.classes], [...matrix.features], pruned, splitter);
  }
}

/** Where all features are looked at, sorting them once is fastest; where few are drawn, only those are sorted. */
async function splitterOf(
  splitter: "exact" | "histogram",
  matrix: TrainingMatrix,
  data: TrainingRows,
  scores: Scoring,
  rules: GrowthRules,
  random: Random,
  breather: Breather,
): Promise<Splitter> {
  if (splitter === "histogram") {
    if (!(matrix instanceof RankedMatrix)) await checkRange(matrix, breather);
    return new HistogramSplitter(await binColumns(matrix, data, breather), data, scores, rules);
  }
  if (rules.maxFeatures === matrix.features.length) {
    if (!(matrix instanceof RankedMatrix)) await checkRange(matrix, breather);
    return new SortedSplitter(await sortedColumns(matrix, data.rows, breather), data, scores, rules);
  }
  const ranked = matrix instanceof RankedMatrix ? matrix : await rankColumns(matrix, { signal: breather.signal });
  const scanner = await GiniScanner.open(ranked, scores.factors.length, breather);
  return new DrawingSplitter(ranked, data, scores, rules, random, scanner);
}

function sampleUnits(sampleWeight: Float64Array | undefined, rows: number): Float64Array {
  if (sampleWeight === undefined) return new Float64Array(rows).fill(1);
  if (sampleWeight.length !== rows) {
    throw invalidOption("sampleWeight", `a list of ${rows} weights, one per row`, `of length ${sampleWeight.length}`);
  }
  const bad = sampleWeight.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (bad >= 0) throw invalidOption(`sampleWeight[${bad}]`, "a finite number of at least 0", sampleWeight[bad]);
  return sampleWeight;
}
