import type { Breather } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { type Scoring, scoring } from "./criterion.js";
import { DrawingSplitter } from "./drawing-splitter.js";
import { GiniScanner } from "./gini-scanner.js";
import { growTree } from "./grow.js";
import type { GrowthRules } from "./options.js";
import { prunedNodes } from "./pruning.js";
import type { RankedMatrix } from "./ranked-matrix.js";
import { trainingRows } from "./training-rows.js";
import type { TreeNodes } from "./tree-nodes.js";

/** What the trees of a forest have in common. */
export interface ForestPlan {
  /** Class of every row. */
  readonly codes: Int32Array;
  /** Weight of every class. */
  readonly factors: Float64Array;
  /** Whether the classes of every sample are weighed anew, so that they weigh the same. */
  readonly balanceSamples: boolean;
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
  /** One table of scores for all trees, where every sample weighs as much as there are rows. */
  private readonly scores: Scoring | null;

  private constructor(
    private readonly matrix: RankedMatrix,
    private readonly plan: ForestPlan,
    private readonly breather: Breather,
    private readonly scanner: GiniScanner | null,
  ) {
    const { factors, rules, seed } = plan;
    this.random = Random.seeded(seed);
    const mostUnits = factors.map((_, c) => (c === 0 ? matrix.rows : 0));
    this.scores =
      !plan.balanceSamples && factors.every((factor) => factor === 1)
        ? scoring(rules.criterion, factors, mostUnits, true)
        : null;
  }

  /** @param kernel the compiled scan, which threads share; null for the one in TypeScript. */
  static async open(
    matrix: RankedMatrix,
    plan: ForestPlan,
    breather: Breather,
    kernel?: WebAssembly.Module | null,
  ): Promise<ForestGrower> {
    const scanner = await GiniScanner.open(matrix, plan.factors.length, breather, kernel);
    return new ForestGrower(matrix, plan, breather, scanner);
  }

  async grow(index: number): Promise<TreeNodes> {
    const { matrix, plan, breather } = this;
    const { rules } = plan;
    const random = this.random.fork(index);
    const units = drawUnits(plan, random);
    const factors = plan.balanceSamples ? balancedFactors(plan.codes, units, plan.factors.length) : plan.factors;
    const data = trainingRows(plan.codes, units, factors);
    const scores = this.scores ?? scoring(rules.criterion, factors, data.classUnits, true);
    const splitter = new DrawingSplitter(matrix, data, scores, rules, random, this.scanner);
    return prunedNodes(await growTree({ data, splitter, scoring: scores, rules, breather }), rules.ccpAlpha);
  }
}

/** How often each row is in a tree's sample: as many draws with replacement as there are rows, or each row once. */
export function drawUnits({ codes, factors, bootstrap }: ForestPlan, random: Random): Float64Array {
  const units = new Float64Array(codes.length);
  for (;;) {
    units.fill(bootstrap ? 0 : 1);
    if (bootstrap) for (let i = 0; i < units.length; i++) units[random.below(units.length)]!++;
    // Where some classes weigh 0, a small sample may miss all rows that count; then another one is drawn.
    if (units.some((unit, row) => unit > 0 && factors[codes[row]!]! > 0)) return units;
  }
}

/** Weights that make the classes of a sample weigh the same, together as much as its rows. */
function balancedFactors(codes: Int32Array, units: Float64Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (let row = 0; row < codes.length; row++) counts[codes[row]!]! += units[row]!;
  const present = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  return counts.map((count) => (count > 0 ? codes.length / (present * count) : 1));
}
