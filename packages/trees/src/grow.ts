import type { Breather } from "@mlsec/preprocess";
import { impurity, type Scoring } from "./criterion.js";
import { Frontier } from "./frontier.js";
import type { GrowthRules } from "./options.js";
import type { Splitter } from "./splitter.js";
import type { TrainingRows } from "./training-rows.js";
import { type TreeNodes, TreeNodesBuilder } from "./tree-nodes.js";
import type { Units } from "./units.js";

/** A node of less impurity is pure: the machine epsilon, as in scikit-learn. */
const EPSILON = 2.220446049250313e-16;
/** Rows looked at between two glances at the clock: well under a millisecond of work. */
const ROWS_PER_GLANCE = 50_000;
/** What opening a node and looking at a feature cost besides its rows, in rows. */
const OVERHEAD_IN_ROWS = 16;

/** What a tree is grown from and by. */
export interface Growth {
  readonly data: TrainingRows;
  readonly splitter: Splitter;
  readonly scoring: Scoring;
  readonly rules: GrowthRules;
  readonly breather: Breather;
  /** Told how many rows have reached their leaf, whenever growing pauses. */
  readonly onSettled?: ((rows: number) => void) | undefined;
}

/** A node that is not yet in the tree: a range of the splitter's positions. */
interface Sprout {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  /** The parent's number, −1 for the root. */
  readonly parent: number;
  readonly units: Units;
  readonly weight: number;
  readonly impurity: number;
}

/** How a node is to be split, and what that makes of it. */
interface Split {
  readonly node: number;
  readonly feature: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
  readonly left: Sprout;
  readonly right: Sprout;
  /** How much weighted impurity the split takes away, over the weight of all rows. */
  readonly improvement: number;
}

/**
 * Grows one tree (Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984): depth first and left
 * before right, so that nodes are numbered as scikit-learn numbers them, or best first where leaves are limited.
 */
export async function growTree(growth: Growth): Promise<TreeNodes> {
  const grower = new Grower(growth);
  if (growth.rules.maxLeafNodes < Number.POSITIVE_INFINITY) await growBestFirst(grower, growth.rules.maxLeafNodes);
  else await growDepthFirst(grower);
  growth.onSettled?.(grower.settled);
  return grower.builder.finish();
}

async function growDepthFirst(grower: Grower): Promise<void> {
  const pending = [grower.root];
  for (let sprout = pending.pop(); sprout !== undefined; sprout = pending.pop()) {
    const node = grower.add(sprout);
    if (!grower.maySplit(sprout)) {
      grower.settled += sprout.end - sprout.start;
      continue;
    }
    grower.begin(sprout, sprout.depth);
    while (grower.searching(sprout)) if (grower.due()) await grower.pause();
    const split = grower.divide(sprout, node);
    if (split === null) {
      grower.settled += sprout.end - sprout.start;
      continue;
    }
    if (grower.maySplit(split.left) || grower.maySplit(split.right)) {
      while (grower.settling(sprout)) if (grower.due()) await grower.pause();
    }
    grower.builder.split(node, split.feature, split.threshold, split.missingLeft);
    pending.push(split.right, split.left);
  }
}

/**
 * Always takes the split of the largest improvement next, the one found first among equals, until there are as many leaves
 * as allowed. Nodes are numbered in the order in which they appear, as in scikit-learn.
 */
async function growBestFirst(grower: Grower, maxLeafNodes: number): Promise<void> {
  const frontier = new Frontier<Split>();
  const explore = async (sprout: Sprout): Promise<void> => {
    const node = grower.add(sprout);
    if (!grower.maySplit(sprout)) return;
    grower.begin(sprout, -1);
    while (grower.searching(sprout)) if (grower.due()) await grower.pause();
    const split = grower.divide(sprout, node);
    if (split === null) return;
    while (grower.settling(sprout)) if (grower.due()) await grower.pause();
    frontier.push(split, split.improvement);
  };
  await explore(grower.root);
  for (let leaves = 1; leaves < maxLeafNodes; leaves++) {
    const split = frontier.pop();
    if (split === undefined) break;
    grower.builder.split(split.node, split.feature, split.threshold, split.missingLeft);
    await explore(split.left);
    await explore(split.right);
  }
  grower.settled = grower.root.end;
}

/** One tree's growth, in steps short enough to pause between. */
class Grower {
  readonly builder: TreeNodesBuilder;
  readonly root: Sprout;
  /** How many rows have reached their leaf. */
  settled = 0;
  private readonly classWeights: Float64Array;
  /** Rows looked at since the last glance at the clock. */
  private work = 0;

  constructor(private readonly growth: Growth) {
    this.classWeights = new Float64Array(growth.scoring.factors.length);
    this.builder = new TreeNodesBuilder(this.classWeights.length);
    this.root = this.sprout(0, growth.data.rows.length, 0, -1, growth.data.classUnits);
  }

  private sprout(start: number, end: number, depth: number, parent: number, units: Units): Sprout {
    const weight = this.weigh(units);
    const impure = impurity(this.growth.scoring.criterion, this.classWeights, weight);
    return { start, end, depth, parent, units, weight, impurity: impure };
  }

  /** Fills `classWeights`; returns their sum. */
  private weigh(units: Units): number {
    const { factors } = this.growth.scoring;
    let weight = 0;
    for (let c = 0; c < factors.length; c++) {
      this.classWeights[c] = units[c]! * factors[c]!;
      weight += this.classWeights[c]!;
    }
    return weight;
  }

  /** Puts a node into the tree, as a leaf so far. */
  add({ start, end, parent, units, weight, impurity: impure }: Sprout): number {
    this.weigh(units);
    return this.builder.add(parent, impure, end - start, weight, this.classWeights);
  }

  maySplit({ start, end, depth, impurity: impure }: Sprout): boolean {
    const { maxDepth, minSamplesSplit, minSamplesLeaf } = this.growth.rules;
    const rows = end - start;
    return depth < maxDepth && rows >= minSamplesSplit && rows >= 2 * minSamplesLeaf && impure > EPSILON;
  }

  begin({ start, end, units }: Sprout, depth: number): void {
    this.growth.splitter.begin(start, end, depth, units);
    this.work += end - start;
  }

  searching({ start, end }: Sprout): boolean {
    this.work += end - start + OVERHEAD_IN_ROWS;
    return this.growth.splitter.next();
  }

  settling({ start, end }: Sprout): boolean {
    this.work += end - start;
    return this.growth.splitter.settle();
  }

  /** The best split found, or null where the node stays a leaf. */
  divide(sprout: Sprout, node: number): Split | null {
    const { splitter, rules } = this.growth;
    if (splitter.bestFeature < 0) return null;
    const { feature, threshold, missingLeft, middle, leftUnits, rightUnits } = splitter.divide();
    const { start, end, depth, weight } = sprout;
    const left = this.sprout(start, middle, depth + 1, node, leftUnits.slice());
    const right = this.sprout(middle, end, depth + 1, node, rightUnits.slice());
    const improvement =
      (weight / this.root.weight) *
      (sprout.impurity - (right.weight / weight) * right.impurity - (left.weight / weight) * left.impurity);
    if (improvement + EPSILON < rules.minImpurityDecrease) return null;
    return { node, feature, threshold, missingLeft, left, right, improvement };
  }

  due(): boolean {
    if (this.work < ROWS_PER_GLANCE) return false;
    this.work = 0;
    return this.growth.breather.due();
  }

  async pause(): Promise<void> {
    this.growth.onSettled?.(this.settled);
    await this.growth.breather.pause();
  }
}
