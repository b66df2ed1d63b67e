import { Breather, DEFAULT_SEED, type Labels, throwIfAborted } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { scoring } from "./criterion.js";
import type { TrainingMatrix } from "./decision-tree.js";
import { DrawingSplitter } from "./drawing-splitter.js";
import { FittedForest } from "./fitted-forest.js";
import { FittedTree } from "./fitted-tree.js";
import { GiniScanner } from "./gini-scanner.js";
import { growTree } from "./grow.js";
import { checkTrainingShape } from "./input-checks.js";
import { checkCount, classFactors, growthRules, invalidOption, type RandomForestOptions } from "./options.js";
import { prunedNodes } from "./pruning.js";
import { RankedMatrix, rankColumns } from "./ranked-matrix.js";
import { type TrainingRows, trainingRows } from "./training-rows.js";

/**
 * A fitted random forest (Breiman, "Random Forests", 2001) with scikit-learn's semantics: bootstrap samples as row
 * counts, features drawn per node, probabilities averaged over the trees.
 *
 * The numbers drawn are not scikit-learn's, so neither are the single trees. Tree `i` depends on the seed and on `i`
 * alone: a forest of more trees begins with the same ones.
 */
export class RandomForestClassifier extends FittedForest {
  /**
   * Grows a forest.
   *
   * @param matrix at least one row and one feature, every value finite and within float32's range, or NaN where missing.
   * @param labels one class per row.
   * @param options see `RandomForestOptions`.
   * @throws MlsecError `not-finite`, `no-rows`, `no-features`, `length-mismatch`, `invalid-labels`, `invalid-option`,
   *   `invalid-seed` or `aborted`.
   */
  static async fit(
    matrix: TrainingMatrix,
    labels: Labels,
    options: RandomForestOptions = {},
  ): Promise<RandomForestClassifier> {
    checkTrainingShape(matrix, labels);
    const { nEstimators = 100, bootstrap = true, signal, onProgress } = options;
    checkCount("nEstimators", nEstimators, 1);
    const rules = growthRules({ ...options, maxFeatures: options.maxFeatures ?? "sqrt" }, matrix.features.length);
    const random = Random.seeded(options.seed ?? DEFAULT_SEED);
    const factors = classFactors(options.classWeight, labels);
    if (!labels.codes.some((code) => factors[code]! > 0)) {
      throw invalidOption("classWeight", "positive for at least one row", "0 for all");
    }
    throwIfAborted(signal);

    const ranked = matrix instanceof RankedMatrix ? matrix : await rankColumns(matrix, { signal });
    // Without class weights every sample weighs as much as there are rows, and one table of scores serves all trees.
    const plain = factors.every((factor) => factor === 1);
    const shared = plain
      ? scoring(
          rules.criterion,
          factors,
          factors.map((_, c) => (c === 0 ? matrix.rows : 0)),
          true,
        )
      : null;
    const scanner = GiniScanner.open(ranked, factors.length);
    const breather = new Breather(signal);
    const classes = [...labels.classes];
    const features = [...matrix.features];
    const trees: FittedTree[] = [];
    const progress = (): void => onProgress?.({ what: "growing the forest", done: trees.length, total: nEstimators });
    while (trees.length < nEstimators) {
      const own = random.fork(trees.length);
      const data = sampleRows(labels.codes, factors, bootstrap, own);
      const scores = shared ?? scoring(rules.criterion, factors, data.classUnits, true);
      const splitter = new DrawingSplitter(ranked, data, scores, rules, own, scanner);
      const nodes = await growTree({ data, splitter, scoring: scores, rules, breather });
      trees.push(new FittedTree(classes, features, prunedNodes(nodes, rules.ccpAlpha)));
      progress();
      if (breather.due()) await breather.pause();
    }
    return new RandomForestClassifier(classes, features, trees);
  }
}

/** The rows of one tree: as many as there are, drawn with replacement, or each once. */
function sampleRows(codes: Int32Array, factors: Float64Array, bootstrap: boolean, random: Random): TrainingRows {
  const units = new Float64Array(codes.length);
  for (;;) {
    units.fill(bootstrap ? 0 : 1);
    if (bootstrap) for (let i = 0; i < units.length; i++) units[random.below(units.length)]!++;
    const data = trainingRows(codes, units, factors);
    // Where some classes weigh 0, a small sample may miss all rows that count; then another one is drawn.
    if (data.rows.length > 0) return data;
  }
}
