import type { BinnedColumn } from "./binned-columns.js";
import { ConstantFeatures } from "./constant-features.js";
import type { Scoring } from "./criterion.js";
import { inseparable, OpenNode } from "./open-node.js";
import type { GrowthRules } from "./options.js";
import type { Division, Splitter } from "./splitter.js";
import { ALL_PRESENT, thresholdBetween } from "./threshold.js";
import type { TrainingRows } from "./training-rows.js";
import { type Units, unitsOf } from "./units.js";

/** Histograms of nodes take at most about this much memory; a node for which there is none counts all of its rows. */
const POOL_BYTES = 128e6;
/** In nodes with fewer rows, counting them all is cheaper than taking one histogram from another. */
const FEWEST_ROWS = 1000;

/** A split node whose children come next: its histogram, and what its first child made of it. */
interface Family {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
  /** The node's own histogram at first, then that of the second child. */
  histogram: Int32Array | null;
  /** Whether the histogram is the second child's. */
  divided: boolean;
}

/**
 * Splits between bins, for trees of many rows that draw no features: units are added up by bin and class, and only the
 * ends of bins are candidates. The histogram of a node's larger child is what the smaller one's leaves of the node's own
 * (as in Ke et al., "LightGBM", 2017): whole numbers of rows, so nothing is rounded. Where rows have weights, and where
 * the best split is taken next instead of the nearest, every node adds up its rows itself.
 *
 * A threshold lies between values that occur in training, so that a training row falls on the side its bin went to. The
 * order of search and the rules for ties are those of the exact splitters: where every value is a bin of its own, so is
 * the tree.
 */
export class HistogramSplitter implements Splitter {
  bestFeature = -1;
  /** The last bin that goes left, and the first that goes right; the latter is −1 where only missing values do. */
  private bestLower = 0;
  private bestUpper = 0;
  private bestMissing = 0;
  private bestMissingLeft = false;

  private readonly node: OpenNode;
  private readonly classes: number;
  private readonly constants: ConstantFeatures;
  /** Where the cells of each feature begin in a histogram, and at last how many there are. */
  private readonly offsets: Int32Array;
  private readonly free: Int32Array[] = [];
  /** How many more histograms may be made. */
  private unmade: number;
  /** Whether every row is one unit. */
  private readonly plain: boolean;
  /** By depth of the split node. */
  private readonly families: (Family | undefined)[] = [];

  private start = 0;
  private n = 0;
  private depth = -1;
  private feature = 0;
  /** The sum of the squares of the node's units. */
  private allSquares = 0;
  /** The node's histogram, null where it has none. */
  private own: Int32Array | null = null;
  /** The rows that are still to be counted, into `counted`; what they leave of `reduced` is its new contents. */
  private countStart = 0;
  private countEnd = 0;
  private counted: Int32Array | null = null;
  private reduced: Int32Array | null = null;

  /** Classes of the rows to be counted. */
  private readonly rowClasses: Int32Array;
  /** Units by bin and class, and rows by bin, of one feature, where the node has no histogram. All zero between scans. */
  private readonly tally: Units;
  private readonly tallyRows: Int32Array = new Int32Array(256);
  private readonly missing: Units;
  private readonly leftUnits: Units;
  private readonly rightUnits: Units;
  private readonly spare: Int32Array;

  constructor(
    private readonly columns: readonly BinnedColumn[],
    private readonly data: TrainingRows,
    private readonly scoring: Scoring,
    private readonly rules: GrowthRules,
  ) {
    const classes = scoring.factors.length;
    this.classes = classes;
    this.node = new OpenNode(scoring, data.whole);
    this.constants = new ConstantFeatures(columns.length);
    this.offsets = new Int32Array(columns.length + 1);
    for (const [feature, { lows, hasMissing }] of columns.entries()) {
      this.offsets[feature + 1] = this.offsets[feature]! + (lows.length + (hasMissing ? 1 : 0)) * classes;
    }
    this.unmade = Math.floor(POOL_BYTES / (4 * this.offsets[columns.length]!));
    this.plain = data.whole && data.kindUnits.every((units) => units === 1);
    this.rowClasses = new Int32Array(data.rows.length);
    this.tally = unitsOf(data.whole, 256 * classes);
    this.missing = unitsOf(data.whole, classes);
    this.leftUnits = unitsOf(data.whole, classes);
    this.rightUnits = unitsOf(data.whole, classes);
    this.spare = new Int32Array(data.rows.length);
  }

  begin(start: number, end: number, depth: number, total: Units): void {
    this.start = start;
    this.n = end - start;
    this.depth = depth;
    this.node.begin(this.n, total);
    this.allSquares = 0;
    for (let c = 0; c < total.length; c++) this.allSquares += total[c]! * total[c]!;
    this.constants.enter(depth);
    this.bestFeature = -1;
    this.feature = 0;
    this.plan(start, end, depth);
  }

  /** Decides which rows to count, and what becomes of the histograms at hand. */
  private plan(start: number, end: number, depth: number): void {
    if (depth >= 0) for (let d = this.families.length - 1; d >= depth; d--) this.dissolve(d);
    this.giveBack(this.own);
    this.own = null;
    this.reduced = null;
    this.counted = null;
    this.countStart = start;
    this.countEnd = end;
    const family = depth > 0 ? this.families[depth - 1] : undefined;
    if (this.n >= FEWEST_ROWS && this.plain && depth >= 0) {
      if (family === undefined || family.histogram === null) {
        this.own = this.take();
        this.counted = this.own;
      } else if (family.divided) {
        this.own = family.histogram;
        family.histogram = null;
        this.countEnd = start;
      } else {
        this.inherit(family, start === family.start);
      }
    }
    const { rowClasses } = this;
    const { rows, kinds, kindClass } = this.data;
    for (let i = this.countStart; i < this.countEnd; i++) rowClasses[i] = kindClass[kinds[rows[i]!]!]!;
  }

  /** The smaller child is counted, and taken from the family's histogram, which thereby becomes the larger one's. */
  private inherit(family: Family, isLeft: boolean): void {
    const counted = this.take();
    const whole = family.histogram;
    if (counted === null || whole === null) return;
    const leftIsSmaller = family.middle - family.start <= family.end - family.middle;
    this.counted = counted;
    this.reduced = whole;
    this.countStart = leftIsSmaller ? family.start : family.middle;
    this.countEnd = leftIsSmaller ? family.middle : family.end;
    this.own = isLeft === leftIsSmaller ? counted : whole;
    family.histogram = isLeft === leftIsSmaller ? whole : counted;
    family.divided = true;
  }

  private take(): Int32Array | null {
    const free = this.free.pop();
    if (free !== undefined) return free;
    if (this.unmade === 0) return null;
    this.unmade--;
    return new Int32Array(this.offsets[this.columns.length]!);
  }

  private giveBack(histogram: Int32Array | null): void {
    if (histogram !== null) this.free.push(histogram);
  }

  private dissolve(depth: number): void {
    this.giveBack(this.families[depth]?.histogram ?? null);
    this.families.length = depth;
  }

  next(): boolean {
    const { constants, columns } = this;
    while (this.feature < columns.length && constants.has(this.feature)) this.feature++;
    if (this.feature === columns.length) return false;
    if (!this.inspect(this.feature)) constants.add(this.feature);
    this.feature++;
    return true;
  }

  /** Scores every threshold of a feature. False if the feature is constant in the node. */
  private inspect(feature: number): boolean {
    const { own, tally, tallyRows, offsets, classes } = this;
    const from = offsets[feature]!;
    const to = offsets[feature + 1]!;
    if (own !== null) {
      if (this.counted !== null) this.count(feature, this.counted);
      return this.scan(feature, own.subarray(from, to), null);
    }
    this.addUp(feature);
    const varies = this.scan(feature, tally, tallyRows);
    tally.fill(0, 0, to - from);
    tallyRows.fill(0, 0, (to - from) / classes);
    return varies;
  }

  /** Counts rows by bin and class. */
  private count(feature: number, histogram: Int32Array): void {
    const { countStart, countEnd, rowClasses, classes, offsets, reduced } = this;
    const { rows } = this.data;
    const { codes } = this.columns[feature]!;
    const from = offsets[feature]!;
    const to = offsets[feature + 1]!;
    histogram.fill(0, from, to);
    for (let i = countStart; i < countEnd; i++) histogram[from + codes[rows[i]!]! * classes + rowClasses[i]!]!++;
    if (reduced !== null) for (let cell = from; cell < to; cell++) reduced[cell]! -= histogram[cell]!;
  }

  /** Adds up the node's units by bin and class. */
  private addUp(feature: number): void {
    const { start, n, tally, tallyRows, rowClasses, classes } = this;
    const { rows, kinds, kindUnits } = this.data;
    const { codes } = this.columns[feature]!;
    for (let i = start; i < start + n; i++) {
      const row = rows[i]!;
      const bin = codes[row]!;
      tally[bin * classes + rowClasses[i]!]! += kindUnits[kinds[row]!]!;
      tallyRows[bin]!++;
    }
  }

  private scan(feature: number, cells: Units, rowsOf: Int32Array | null): boolean {
    const { n, node, missing, classes } = this;
    const { lows, highs, hasMissing } = this.columns[feature]!;
    const bins = lows.length;
    let absent = 0;
    if (hasMissing) {
      for (let c = 0; c < classes; c++) {
        missing[c] = cells[bins * classes + c]!;
        absent += missing[c]!;
      }
      if (rowsOf !== null) absent = rowsOf[bins]!;
    }
    if (absent === n) return false;
    let low = 0;
    while (this.isEmpty(cells, rowsOf, low)) low++;
    let high = bins - 1;
    while (this.isEmpty(cells, rowsOf, high)) high--;
    if (absent === 0 && inseparable(lows[low]!, highs[high]!)) return false;
    this.walk(feature, cells, rowsOf, low, high, absent, false);
    if (absent === 0) return true;
    // The walk has left all present values on the left.
    node.startWith(node.left);
    this.consider(feature, high, -1, n - absent, absent, false, node.score());
    this.walk(feature, cells, rowsOf, low, high, absent, true);
    return true;
  }

  private isEmpty(cells: Units, rowsOf: Int32Array | null, bin: number): boolean {
    if (rowsOf !== null) return rowsOf[bin] === 0;
    const { classes } = this;
    for (let cell = bin * classes; cell < (bin + 1) * classes; cell++) if (cells[cell] !== 0) return false;
    return true;
  }

  /** Moves a bin to the left; returns how many units that were. */
  private moveBin(cells: Units, bin: number): number {
    const { node, classes } = this;
    let moved = 0;
    for (let c = 0; c < classes; c++) {
      const units = cells[bin * classes + c]!;
      if (units === 0) continue;
      node.moveLeft(c, units);
      moved += units;
    }
    return moved;
  }

  /** Scores the thresholds between the bins from `low` to `high` that have rows. */
  private walk(
    feature: number,
    cells: Units,
    rowsOf: Int32Array | null,
    low: number,
    high: number,
    missing: number,
    missingLeft: boolean,
  ): void {
    const { node } = this;
    node.startWith(missingLeft ? this.missing : undefined);
    if (this.scoring.plainGini) {
      this.walkGini(feature, cells, rowsOf, low, high, missing, missingLeft);
      return;
    }
    let rowsLeft = 0;
    let before = low;
    for (let bin = low; bin <= high; bin++) {
      if (this.isEmpty(cells, rowsOf, bin)) continue;
      if (bin > low) {
        const score = node.score();
        if (score > node.bestScore + node.noise) {
          this.consider(feature, before, bin, rowsLeft, missing, missingLeft, score);
        }
      }
      const moved = this.moveBin(cells, bin);
      rowsLeft += rowsOf === null ? moved : rowsOf[bin]!;
      before = bin;
    }
  }

  /** Gini without class weights, by whole sums of squares, as in `SortedSplitter`. */
  private walkGini(
    feature: number,
    cells: Units,
    rowsOf: Int32Array | null,
    low: number,
    high: number,
    missing: number,
    missingLeft: boolean,
  ): void {
    const { node, classes, allSquares } = this;
    const { left, total, weight } = node;
    let leftWeight = 0;
    let squares = 0;
    let mixed = 0;
    for (let c = 0; c < classes; c++) {
      leftWeight += left[c]!;
      squares += left[c]! * left[c]!;
      mixed += left[c]! * total[c]!;
    }
    // Half of the noise is more than what rounding does to the products.
    let bar = node.bestScore + 0.5 * node.noise;
    let rowsLeft = 0;
    let before = low;
    for (let bin = low; bin <= high; bin++) {
      if (rowsOf !== null && rowsOf[bin] === 0) continue;
      let fresh = bin > low;
      let moved = 0;
      for (let c = 0, cell = bin * classes; c < classes; c++, cell++) {
        const units = cells[cell]!;
        if (units === 0) continue;
        if (fresh) {
          fresh = false;
          const rightWeight = weight - leftWeight;
          const rightSquares = allSquares - 2 * mixed + squares;
          if (squares * rightWeight + rightSquares * leftWeight > bar * leftWeight * rightWeight) {
            const score = squares / leftWeight + rightSquares / rightWeight;
            this.consider(feature, before, bin, rowsLeft, missing, missingLeft, score);
            bar = node.bestScore + 0.5 * node.noise;
          }
        }
        const l = left[c]!;
        left[c] = l + units;
        leftWeight += units;
        squares += units * (2 * l + units);
        mixed += units * total[c]!;
        moved += units;
      }
      if (moved === 0) continue;
      rowsLeft += rowsOf === null ? moved : rowsOf[bin]!;
      before = bin;
    }
  }

  /** Keeps a threshold better than all before if it is allowed. */
  private consider(
    feature: number,
    lower: number,
    upper: number,
    presentLeft: number,
    missing: number,
    missingLeft: boolean,
    score: number,
  ): void {
    const { node } = this;
    const { minSamplesLeaf } = this.rules;
    if (!(score > node.bestScore + node.noise)) return;
    const rowsLeft = presentLeft + (missingLeft ? missing : 0);
    if (rowsLeft < minSamplesLeaf || this.n - rowsLeft < minSamplesLeaf) return;
    const { lows, highs } = this.columns[feature]!;
    if (upper >= 0 && inseparable(highs[lower]!, lows[upper]!)) return;
    node.bestScore = score;
    this.bestFeature = feature;
    this.bestLower = lower;
    this.bestUpper = upper;
    this.bestMissing = missing;
    this.bestMissingLeft = missingLeft;
  }

  /** Moves the rows, keeping both sides in order. */
  divide(): Division {
    const { start, n, depth, spare, leftUnits, rightUnits, bestFeature: feature, bestLower: lower } = this;
    const { rows, kinds, kindClass, kindUnits } = this.data;
    const { codes, lows, highs } = this.columns[feature]!;
    const alsoLeft = this.bestMissing > 0 && this.bestMissingLeft ? lows.length : -1;
    let middle = start;
    let others = 0;
    leftUnits.fill(0);
    rightUnits.fill(0);
    for (let i = start; i < start + n; i++) {
      const row = rows[i]!;
      const kind = kinds[row]!;
      const code = codes[row]!;
      if (code <= lower || code === alsoLeft) {
        leftUnits[kindClass[kind]!]! += kindUnits[kind]!;
        rows[middle++] = row;
      } else {
        rightUnits[kindClass[kind]!]! += kindUnits[kind]!;
        spare[others++] = row;
      }
    }
    rows.set(spare.subarray(0, others), middle);
    if (depth >= 0 && this.own !== null) {
      this.families[depth] = { start, middle, end: start + n, histogram: this.own, divided: false };
      this.own = null;
    }
    const upper = this.bestUpper;
    const threshold = upper < 0 ? ALL_PRESENT : thresholdBetween(highs[lower]!, lows[upper]!);
    const missingLeft = this.bestMissing > 0 ? this.bestMissingLeft : middle - start > others;
    return { feature, threshold, missingLeft, middle, leftUnits, rightUnits };
  }

  /** `divide` has moved all rows already. */
  settle(): boolean {
    return false;
  }
}
