import type { Breather } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { type Scoring, scoring } from "./criterion.js";
import { DrawingSplitter } from "./drawing-splitter.js";
import { GiniScanner } from "./gini-scanner.js";
import { growTree } from "./grow.js";
import type { GrowthRules } from "./options.js";
import { prunedNodes } from "./pruning.js";
import type { RankedMatrix } from "./ranked-matrix.js";
import { type TrainingRows, trainingRows } from "./training-rows.js";
import type { TreeNodes } from "./tree-nodes.js";

/** What the trees of a forest have in common. */
export interface ForestPlan {
  /** Class of every row. */
  readonly codes: Int32Array;
  /** Weight of every class. */
  readonly factors: Float64Array;
  readonly bootstrap: boolean;
  readonly rules: GrowthRules;
  readonly seed: number;
}

/**
 * Grows the trees of a forest, each by its number alone: it depends neither on the trees that were grown before nor on the
 * thread that it is grown on.
 */
export class ForestGrower {
  private readonly random: Random;
  private readonly scanner: GiniScanner | null;
  /** One table of scores for all trees, where every sample weighs as much as there are rows. */
  private readonly scores: Scoring | null;

  /** @param kernel the compiled scan, which threads share; null for the one in TypeScript. */
  constructor(
    private readonly matrix: RankedMatrix,
    private readonly plan: ForestPlan,
    private readonly breather: Breather,
    kernel?: WebAssembly.Module | null,
  ) {
    const { factors, rules, seed } = plan;
    this.random = Random.seeded(seed);
    this.scanner = GiniScanner.open(matrix, factors.length, kernel);
    const mostUnits = factors.map((_, c) => (c === 0 ? matrix.rows : 0));
    this.scores = factors.every((factor) => factor === 1) ? scoring(rules.criterion, factors, mostUnits, true) : null;
  }

  async grow(index: number): Promise<TreeNodes> {
    const { matrix, plan, breather } = this;
    const { factors, rules } = plan;
    const random = this.random.fork(index);
    const data = this.sample(random);
    const scores = this.scores ?? scoring(rules.criterion, factors, data.classUnits, true);
    const splitter = new DrawingSplitter(matrix, data, scores, rules, random, this.scanner);
    return prunedNodes(await growTree({ data, splitter, scoring: scores, rules, breather }), rules.ccpAlpha);
  }

  /** The rows of one tree: as many as there are, drawn with replacement, or each once. */
  private sample(random: Random): TrainingRows {
    const { codes, factors, bootstrap } = this.plan;
    const units = new Float64Array(codes.length);
    for (;;) {
      units.fill(bootstrap ? 0 : 1);
      if (bootstrap) for (let i = 0; i < units.length; i++) units[random.below(units.length)]!++;
      const data = trainingRows(codes, units, factors);
      // Where some classes weigh 0, a small sample may miss all rows that count; then another one is drawn.
      if (data.rows.length > 0) return data;
    }
  }
}
