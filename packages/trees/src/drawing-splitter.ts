import type { Random } from "@mlsec/preprocess/numeric";
import { ConstantFeatures } from "./constant-features.js";
import type { Scoring } from "./criterion.js";
import type { GiniScanner } from "./gini-scanner.js";
import { GiniSearch } from "./gini-search.js";
import type { NodeSearch } from "./node-search.js";
import type { GrowthRules } from "./options.js";
import { RankSearch } from "./rank-search.js";
import type { RankedMatrix } from "./ranked-matrix.js";
import type { Division, Splitter } from "./splitter.js";
import type { TrainingRows } from "./training-rows.js";
import type { Units } from "./units.js";

/**
 * Exact splits of features drawn anew for every node, as in the trees of a forest: only what is drawn is looked at.
 *
 * Features are drawn as scikit-learn's best splitter draws them: without replacement, until `maxFeatures` are drawn and
 * one of them at least is not constant in the node. Where no drawing is needed they are taken in order.
 */
export class DrawingSplitter implements Splitter {
  private readonly search: NodeSearch;
  /** The features in the order of the last draws; any order is a fair start for the next. */
  private readonly order: Int32Array;
  private readonly constants: ConstantFeatures;
  private readonly drawing: boolean;
  private drawn = 0;
  private varying = 0;

  /** @param scanner of the matrix, for the trees that can be grown with it; null where there is none. */
  constructor(
    matrix: RankedMatrix,
    data: TrainingRows,
    scoring: Scoring,
    private readonly rules: GrowthRules,
    private readonly random: Random,
    scanner: GiniScanner | null,
  ) {
    const features = matrix.columns.length;
    this.search =
      scoring.plainGini && scanner?.startTree(data)
        ? new GiniSearch(matrix, data, scanner, rules)
        : new RankSearch(matrix, data, scoring, rules);
    this.order = Int32Array.from({ length: features }, (_, index) => index);
    this.constants = new ConstantFeatures(features);
    this.drawing = rules.maxFeatures < features;
  }

  get bestFeature(): number {
    return this.search.bestFeature;
  }

  begin(start: number, end: number, depth: number, total: Units): void {
    this.search.begin(start, end, total);
    this.constants.enter(depth);
    this.drawn = 0;
    this.varying = 0;
  }

  next(): boolean {
    const { order, constants, rules } = this;
    while (this.drawn < order.length && (this.drawn < rules.maxFeatures || this.varying === 0)) {
      const feature = this.draw();
      if (constants.has(feature)) continue;
      if (this.search.inspect(feature)) this.varying++;
      else constants.add(feature);
      return true;
    }
    return false;
  }

  private draw(): number {
    const at = this.drawn++;
    if (!this.drawing) return at;
    const { order } = this;
    const from = at + this.random.below(order.length - at);
    const feature = order[from]!;
    order[from] = order[at]!;
    order[at] = feature;
    return feature;
  }

  divide(): Division {
    return this.search.divide();
  }

  /** `divide` has moved all rows already. */
  settle(): boolean {
    return false;
  }
}
