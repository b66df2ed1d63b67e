import { Breather, DEFAULT_SEED, type Labels, throwIfAborted } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import type { TrainingMatrix } from "./decision-tree.js";
import { FittedForest, MAX_TREES } from "./fitted-forest.js";
import { FittedTree } from "./fitted-tree.js";
import { ForestGrower, type ForestPlan } from "./forest-grower.js";
import { forestSetup } from "./forest-tasks.js";
import { ForestThreads } from "./forest-threads.js";
import { checkTrainingShape } from "./input-checks.js";
import { checkCount, classFactors, growthRules, invalidOption, type RandomForestOptions } from "./options.js";
import { type OutOfBag, outOfBag } from "./out-of-bag.js";
import { RankedMatrix, rankColumns } from "./ranked-matrix.js";
import type { TreeNodes } from "./tree-nodes.js";

/**
 * A fitted random forest (Breiman, "Random Forests", 2001) with scikit-learn's semantics: bootstrap samples as row
 * counts, features drawn per node, probabilities averaged over the trees.
 *
 * The numbers drawn are not scikit-learn's, so neither are the single trees. Tree `i` depends on the seed and on `i`
 * alone: a forest of more trees begins with the same ones.
 */
export class RandomForestClassifier extends FittedForest {
  /**
   * Accuracy on the rows that trees left out, where it was asked for. Rows that no tree left out do not count (scikit-learn
   * takes them for the first class). Not saved.
   */
  readonly oobScore: number | undefined;
  /** Rows × classes, row-major: probabilities by the trees that left a row out, NaN where none did. Not saved. */
  readonly oobDecisionFunction: Float64Array | undefined;

  /** @internal */
  constructor(
    classes: readonly string[],
    features: readonly string[],
    trees: readonly FittedTree[],
    oob?: OutOfBag | undefined,
  ) {
    super(classes, features, trees);
    this.oobScore = oob?.score;
    this.oobDecisionFunction = oob?.decisionFunction;
  }

  /**
   * Grows a forest.
   *
   * @param matrix at least one row and one feature, every value finite and within float32's range, or NaN where missing.
   * @param labels one class per row.
   * @param options see `RandomForestOptions`.
   * @throws MlsecError `not-finite`, `no-rows`, `no-features`, `length-mismatch`, `invalid-labels`, `invalid-option`,
   *   `invalid-seed`, `aborted` or, with threads, `worker-failed` (none is left then) and `workers-busy`.
   */
  static async fit(
    matrix: TrainingMatrix,
    labels: Labels,
    options: RandomForestOptions = {},
  ): Promise<RandomForestClassifier> {
    checkTrainingShape(matrix, labels);
    const { nEstimators = 100, bootstrap = true, seed = DEFAULT_SEED, signal, onProgress } = options;
    checkCount("nEstimators", nEstimators, 1);
    if (nEstimators > MAX_TREES) throw invalidOption("nEstimators", `at most ${MAX_TREES}`, nEstimators);
    const rules = growthRules({ ...options, maxFeatures: options.maxFeatures ?? "sqrt" }, matrix.features.length);
    if (options.oobScore && !bootstrap) throw invalidOption("bootstrap", "true where oobScore is asked for", false);
    const balanceSamples = options.classWeight === "balancedSubsample";
    const factors = classFactors(options.classWeight === "balancedSubsample" ? undefined : options.classWeight, labels);
    if (!labels.codes.some((code) => factors[code]! > 0)) {
      throw invalidOption("classWeight", "positive for at least one row", "0 for all");
    }
    Random.seeded(seed);
    const threads = options.threads instanceof ForestThreads ? options.threads : ownThreads(options);
    throwIfAborted(signal);

    const ranked = matrix instanceof RankedMatrix ? matrix : await rankColumns(matrix, { signal });
    const plan: ForestPlan = { codes: labels.codes, factors, balanceSamples, bootstrap, rules, seed };
    const classes = [...labels.classes];
    const features = [...matrix.features];
    const trees = new Array<FittedTree>(nEstimators);
    let done = 0;
    const settle = (index: number, nodes: TreeNodes): void => {
      trees[index] = new FittedTree(classes, features, nodes);
      onProgress?.({ what: "growing the forest", done: ++done, total: nEstimators });
    };
    const breather = new Breather(signal);
    try {
      if (threads.pool === null) {
        const grower = await ForestGrower.open(ranked, plan, breather);
        for (let index = 0; index < nEstimators; index++) {
          settle(index, await grower.grow(index));
          if (breather.due()) await breather.pause();
        }
      } else {
        const setup = await forestSetup(ranked, plan, breather);
        const onResult = (index: number, nodes: unknown): void => settle(index, nodes as TreeNodes);
        await threads.pool.run({ setup, tasks: nEstimators, onResult, signal });
      }
    } finally {
      if (threads !== options.threads) await threads.close();
    }
    const oob = options.oobScore ? await outOfBag(ranked, plan, trees, breather) : undefined;
    return new RandomForestClassifier(classes, features, trees, oob);
  }
}

function ownThreads({ threads, createWorker, onNotice }: RandomForestOptions): ForestThreads {
  return new ForestThreads(typeof threads === "number" ? threads : 1, { createWorker, onNotice });
}
