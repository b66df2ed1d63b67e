import type { GiniScanner } from "./gini-scanner.js";
import type { NodeSearch } from "./node-search.js";
import { inseparable } from "./open-node.js";
import type { GrowthRules } from "./options.js";
import type { RankedColumn, RankedMatrix } from "./ranked-matrix.js";
import type { Division } from "./splitter.js";
import { thresholdBetween } from "./threshold.js";
import type { TrainingRows } from "./training-rows.js";
import { type Units, unitsOf } from "./units.js";

/**
 * Searches a node of a tree that draws features where the criterion is Gini, no class has a weight and no value is
 * missing: a kernel does the walking, and only thresholds that may be the best come back from it.
 */
export class GiniSearch implements NodeSearch {
  bestFeature = -1;
  /** The largest rank that goes left, and the smallest that goes right. */
  private bestLower = 0;
  private bestUpper = 0;
  private bestScore = 0;
  /** Differences between scores up to this size are rounding, not merit. */
  private noise = 0;

  private readonly columns: readonly RankedColumn[];
  /** The node: where its rows begin, how many there are, and their units by class. */
  private start = 0;
  private n = 0;
  private readonly total: Units;
  private readonly leftUnits: Units;
  private readonly rightUnits: Units;

  /** @param scanner turned to this tree. */
  constructor(
    matrix: RankedMatrix,
    data: TrainingRows,
    private readonly scanner: GiniScanner,
    private readonly rules: GrowthRules,
  ) {
    const classes = data.classUnits.length;
    this.columns = matrix.columns;
    this.total = unitsOf(data.whole, classes);
    this.leftUnits = unitsOf(data.whole, classes);
    this.rightUnits = unitsOf(data.whole, classes);
  }

  begin(start: number, end: number, total: Units): void {
    this.start = start;
    this.n = end - start;
    this.total.set(total);
    this.noise = 1e-14 * this.scanner.startNode(total);
    this.bestFeature = -1;
    this.bestScore = Number.NEGATIVE_INFINITY;
  }

  inspect(feature: number): boolean {
    const { scanner, start, n, noise } = this;
    const { minSamplesLeaf } = this.rules;
    const { values } = this.columns[feature]!;
    scanner.gather(feature, start, n, minSamplesLeaf > 1);
    if (inseparable(values[scanner.low]!, values[scanner.high]!)) {
      scanner.drop();
      return false;
    }
    scanner.walk(n);
    // Half of the noise is more than what rounding does to the scanner's products.
    while (scanner.next(this.bestScore + 0.5 * noise)) {
      const score = scanner.score();
      if (!(score > this.bestScore + noise)) continue;
      if (minSamplesLeaf > 1 && Math.min(scanner.rowsLeft, n - scanner.rowsLeft) < minSamplesLeaf) continue;
      const { lower, upper } = scanner;
      if (inseparable(values[lower]!, values[upper]!)) continue;
      this.bestScore = score;
      this.bestFeature = feature;
      this.bestLower = lower;
      this.bestUpper = upper;
      scanner.takeLeft(this.leftUnits);
    }
    return true;
  }

  divide(): Division {
    const { start, n, total, leftUnits, rightUnits, bestFeature: feature, bestLower, bestUpper } = this;
    const { values } = this.columns[feature]!;
    const rowsLeft = this.scanner.divide(feature, start, n, bestLower);
    for (let c = 0; c < total.length; c++) rightUnits[c] = total[c]! - leftUnits[c]!;
    const threshold = thresholdBetween(values[bestLower]!, values[bestUpper]!);
    return { feature, threshold, missingLeft: 2 * rowsLeft > n, middle: start + rowsLeft, leftUnits, rightUnits };
  }
}
