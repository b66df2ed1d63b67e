import { log2, type Random } from "@mlsec/preprocess/numeric";
import { ConstantFeatures } from "./constant-features.js";
import { binaryEntropyBound, type Scoring, xLog2X } from "./criterion.js";
import type { GrowthRules } from "./options.js";
import { RankSorter } from "./rank-sorter.js";
import type { RankedColumn, RankedMatrix } from "./ranked-matrix.js";
import { FEATURE_THRESHOLD } from "./threshold.js";
import type { TrainingRows } from "./training-rows.js";
import { type Units, unitsOf } from "./units.js";

/** A tally of the node's ranks is kept where it has at most this many cells per row; otherwise the rows are sorted. */
const TALLY_CELLS_PER_ROW = 4;

/** The best split found so far: a row goes left where its rank on `feature` is at most `lower`. */
export interface BestSplit {
  /** −1 while there is none. */
  feature: number;
  /** The largest rank that goes left. */
  lower: number;
  /** The smallest rank that goes right. */
  upper: number;
  score: number;
}

/**
 * Finds the best split of a node by looking at every threshold of the features drawn, one feature a call, so that the
 * caller can pause in between.
 *
 * Features are drawn as scikit-learn's best splitter draws them: without replacement, until `maxFeatures` are drawn and
 * one of them at least is not constant in the node. Where no drawing is needed they are taken in order. A better score
 * wins; among equal ones (to rounding) the feature looked at first, and of its thresholds the lowest.
 */
export class Splitter {
  readonly best: BestSplit = { feature: -1, lower: 0, upper: 0, score: 0 };

  private readonly columns: readonly RankedColumn[];
  private readonly sorter: RankSorter;
  /** The features in the order of the last draws; any order is a fair start for the next. */
  private readonly order: Int32Array;
  private readonly constants: ConstantFeatures;
  private readonly drawing: boolean;

  /** The open node: where its rows begin in `data.rows`, how many there are, and their kinds. */
  private start = 0;
  private n = 0;
  private readonly nodeKinds: Int32Array;
  /** The open node's units by class. */
  readonly total: Units;
  /** The open node's weight on the scoring's grid, and weight · log2(weight) for weighted entropy. */
  private weight = 0;
  private weightLog = 0;
  /** Differences between scores up to this size are rounding, not merit. */
  private noise = 0;
  private drawn = 0;
  private varying = 0;

  /** Units left of the threshold under the scan, by class. */
  private readonly left: Units;
  /** Units by rank and class. All zero between scans. */
  private readonly tally: Units;
  private readonly secondLane: Units;
  /** Rows by rank, counted where sides must keep a number of them. All zero between scans. */
  private readonly tallyRows: Int32Array;

  constructor(
    matrix: RankedMatrix,
    private readonly data: TrainingRows,
    private readonly scoring: Scoring,
    private readonly rules: GrowthRules,
    private readonly random: Random,
  ) {
    const rows = data.rows.length;
    const classes = scoring.factors.length;
    this.columns = matrix.columns;
    this.sorter = new RankSorter(rows, data.kindClass.length);
    this.order = Int32Array.from(matrix.columns, (_, index) => index);
    this.constants = new ConstantFeatures(matrix.columns.length);
    this.drawing = rules.maxFeatures < matrix.columns.length;
    this.nodeKinds = new Int32Array(rows);
    this.total = unitsOf(data.whole, classes);
    this.left = unitsOf(data.whole, classes);
    this.tally = unitsOf(data.whole, TALLY_CELLS_PER_ROW * rows);
    this.secondLane = unitsOf(data.whole, TALLY_CELLS_PER_ROW * rows);
    this.tallyRows = new Int32Array(rules.minSamplesLeaf > 1 ? TALLY_CELLS_PER_ROW * rows : 0);
  }

  /** Turns to the node that holds `data.rows[start … end−1]` and sums up its units in `total`. */
  open(start: number, end: number): void {
    const { nodeKinds, total } = this;
    const { rows, kinds, kindClass, kindUnits } = this.data;
    this.start = start;
    this.n = end - start;
    total.fill(0);
    for (let i = start; i < end; i++) {
      const kind = kinds[rows[i]!]!;
      nodeKinds[i - start] = kind;
      total[kindClass[kind]!]! += kindUnits[kind]!;
    }
  }

  /**
   * Begins the search for the open node's best split.
   *
   * @param depth of the node; nodes must come in depth-first order, so that constant features are known from above.
   */
  begin(depth: number): void {
    const { total, scoring } = this;
    this.weight = 0;
    for (let c = 0; c < total.length; c++) this.weight += total[c]! * scoring.gridFactors[c]!;
    this.weightLog = scoring.criterion === "gini" || scoring.totals !== null ? 0 : xLog2X(this.weight);
    this.noise = 1e-14 * this.weight * (scoring.criterion === "gini" ? 1 : 1 + log2(this.n));
    this.constants.enter(depth);
    this.drawn = 0;
    this.varying = 0;
    this.best.feature = -1;
    this.best.score = Number.NEGATIVE_INFINITY;
  }

  /** Looks at one more feature. False when the search is over. */
  next(): boolean {
    const { order, constants, rules } = this;
    while (this.drawn < order.length && (this.drawn < rules.maxFeatures || this.varying === 0)) {
      const feature = this.draw();
      if (constants.has(feature)) continue;
      if (this.inspect(feature)) this.varying++;
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

  /** Scores every threshold of a feature. False if the feature is constant in the node. */
  private inspect(feature: number): boolean {
    const { n, sorter, left } = this;
    const column = this.columns[feature]!;
    const cells = TALLY_CELLS_PER_ROW * n;
    for (let c = 0; c < left.length; c++) left[c] = 0;
    if (column.values.length * left.length <= cells) {
      this.tallyColumn(column.ranks, column.values.length);
      return this.scanTally(feature, column, 0, column.values.length);
    }
    const { low, high } = this.gather(column.ranks);
    if (inseparable(column.values[low]!, column.values[high]!)) return false;
    const range = high - low + 1;
    if (range * left.length <= cells) {
      this.tallyGathered(low);
      return this.scanTally(feature, column, low, range);
    }
    sorter.sort(n, low, range, this.nodeKinds);
    this.scanSorted(feature, column);
    return true;
  }

  /** Brings the ranks of the node's rows together, and says between which they lie. */
  private gather(columnRanks: RankedColumn["ranks"]): { low: number; high: number } {
    const { start, n } = this;
    const { rows } = this.data;
    const { ranks } = this.sorter;
    let low = columnRanks[rows[start]!]!;
    let high = low;
    for (let i = 0; i < n; i++) {
      const rank = columnRanks[rows[start + i]!]!;
      ranks[i] = rank;
      if (rank < low) low = rank;
      else if (rank > high) high = rank;
    }
    return { low, high };
  }

  /**
   * Adds up the node's units by rank and class, straight from the column. Every other row is added in a second lane,
   * because an addition to the cell of the row before, which is common, would have to wait for that one.
   */
  private tallyColumn(columnRanks: Int32Array, range: number): void {
    const { start, n, tally, secondLane, tallyRows, nodeKinds } = this;
    const { rows, kindClass, kindUnits } = this.data;
    const classes = this.total.length;
    for (let i = 1; i < n; i += 2) {
      const kind = nodeKinds[i - 1]!;
      const secondKind = nodeKinds[i]!;
      const cell = columnRanks[rows[start + i - 1]!]! * classes + kindClass[kind]!;
      const secondCell = columnRanks[rows[start + i]!]! * classes + kindClass[secondKind]!;
      tally[cell]! += kindUnits[kind]!;
      secondLane[secondCell]! += kindUnits[secondKind]!;
    }
    if (n % 2 === 1) {
      const kind = nodeKinds[n - 1]!;
      tally[columnRanks[rows[start + n - 1]!]! * classes + kindClass[kind]!]! += kindUnits[kind]!;
    }
    for (let cell = 0; cell < range * classes; cell++) {
      tally[cell]! += secondLane[cell]!;
      secondLane[cell] = 0;
    }
    if (tallyRows.length > 0) for (let i = 0; i < n; i++) tallyRows[columnRanks[rows[start + i]!]!]!++;
  }

  /** The same from the ranks gathered, counted from `low`. */
  private tallyGathered(low: number): void {
    const { n, tally, tallyRows, nodeKinds } = this;
    const { kindClass, kindUnits } = this.data;
    const { ranks } = this.sorter;
    const classes = this.total.length;
    for (let i = 0; i < n; i++) {
      const kind = nodeKinds[i]!;
      tally[(ranks[i]! - low) * classes + kindClass[kind]!]! += kindUnits[kind]!;
    }
    if (tallyRows.length > 0) for (let i = 0; i < n; i++) tallyRows[ranks[i]! - low]!++;
  }

  /** Few ranks: walks over their tally, and clears it. False if the feature is constant in the node. */
  private scanTally(feature: number, column: RankedColumn, low: number, range: number): boolean {
    const { tally, tallyRows, left, total } = this;
    const { gridFactors, terms, offsets } = this.scoring;
    const classes = total.length;
    const counting = tallyRows.length > 0;
    let first = -1;
    let leftWeight = 0;
    let leftTerms = 0;
    let rightTerms = this.allTerms();
    let rowsLeft = 0;
    let before = -1;
    for (let cell = 0; cell < range; cell++) {
      const base = cell * classes;
      let fresh = true;
      for (let c = 0; c < classes; c++) {
        const units = tally[base + c]!;
        if (units === 0) continue;
        tally[base + c] = 0;
        if (fresh) {
          fresh = false;
          if (first < 0) first = cell;
          else this.consider(feature, column, low + before, low + cell, rowsLeft, leftWeight, leftTerms, rightTerms);
          before = cell;
        }
        const l = left[c]!;
        left[c] = l + units;
        leftWeight += units * gridFactors[c]!;
        if (terms === null) continue;
        const at = offsets[c]! + l;
        const opposite = offsets[c]! + total[c]! - l;
        leftTerms += terms[at + units]! - terms[at]!;
        rightTerms += terms[opposite - units]! - terms[opposite]!;
      }
      if (counting) {
        rowsLeft += tallyRows[cell]!;
        tallyRows[cell] = 0;
      }
    }
    return !inseparable(column.values[low + first]!, column.values[low + before]!);
  }

  /** Many ranks: walks over the sorted rows. */
  private scanSorted(feature: number, column: RankedColumn): void {
    const { n, left, total } = this;
    const { kindClass, kindUnits } = this.data;
    const { gridFactors, terms, offsets } = this.scoring;
    const { ranks, kinds } = this.sorter;
    let leftWeight = 0;
    let leftTerms = 0;
    let rightTerms = this.allTerms();
    let before = ranks[0]!;
    for (let i = 0; i < n; i++) {
      const rank = ranks[i]!;
      if (rank !== before) {
        this.consider(feature, column, before, rank, i, leftWeight, leftTerms, rightTerms);
        before = rank;
      }
      const kind = kinds[i]!;
      const c = kindClass[kind]!;
      const units = kindUnits[kind]!;
      const l = left[c]!;
      left[c] = l + units;
      leftWeight += units * gridFactors[c]!;
      if (terms === null) continue;
      const at = offsets[c]! + l;
      const opposite = offsets[c]! + total[c]! - l;
      leftTerms += terms[at + units]! - terms[at]!;
      rightTerms += terms[opposite - units]! - terms[opposite]!;
    }
  }

  /** The sum of the terms of all classes of the node. */
  private allTerms(): number {
    const { total } = this;
    const { terms, offsets } = this.scoring;
    let sum = 0;
    if (terms !== null) for (let c = 0; c < total.length; c++) sum += terms[offsets[c]! + total[c]!]!;
    return sum;
  }

  /** Scores the threshold between two neighbouring ranks and keeps it if it is the best so far. */
  private consider(
    feature: number,
    column: RankedColumn,
    lower: number,
    upper: number,
    rowsLeft: number,
    leftWeight: number,
    leftTerms: number,
    rightTerms: number,
  ): void {
    const { best } = this;
    const { minSamplesLeaf } = this.rules;
    if (minSamplesLeaf > 1 && (rowsLeft < minSamplesLeaf || this.n - rowsLeft < minSamplesLeaf)) return;
    const score = this.score(leftWeight, leftTerms, rightTerms);
    if (score <= best.score + this.noise) return;
    // Looked up last, as few thresholds come so far.
    if (inseparable(column.values[lower]!, column.values[upper]!)) return;
    best.score = score;
    best.feature = feature;
    best.lower = lower;
    best.upper = upper;
  }

  private score(leftWeight: number, leftTerms: number, rightTerms: number): number {
    const { criterion, terms, totals } = this.scoring;
    const rightWeight = this.weight - leftWeight;
    if (terms === null) return this.scoreOfSums(leftWeight, rightWeight);
    if (criterion === "gini") return leftTerms / leftWeight + rightTerms / rightWeight;
    if (totals !== null) return leftTerms + rightTerms - (totals[leftWeight]! + totals[rightWeight]!);
    // Most thresholds of weighted classes are refuted by a cheap bound, without two logarithms.
    const most = leftTerms + rightTerms - this.weightLog + this.weight * binaryEntropyBound(leftWeight / this.weight);
    if (most <= this.best.score) return most;
    return leftTerms + rightTerms - (xLog2X(leftWeight) + xLog2X(rightWeight));
  }

  /** The score without tables, for units that are not whole numbers. */
  private scoreOfSums(leftWeight: number, rightWeight: number): number {
    const { left, total } = this;
    const { criterion, gridFactors } = this.scoring;
    const gini = criterion === "gini";
    let leftTerms = 0;
    let rightTerms = 0;
    for (let c = 0; c < left.length; c++) {
      const l = left[c]! * gridFactors[c]!;
      const r = (total[c]! - left[c]!) * gridFactors[c]!;
      leftTerms += gini ? l * l : xLog2X(l);
      rightTerms += gini ? r * r : xLog2X(r);
    }
    if (gini) return leftTerms / leftWeight + rightTerms / rightWeight;
    return leftTerms + rightTerms - (xLog2X(leftWeight) + xLog2X(rightWeight));
  }
}

/** Whether the larger of two float32 values is too close to the smaller for a threshold between them. */
function inseparable(smaller: number, larger: number): boolean {
  return larger <= Math.fround(smaller + FEATURE_THRESHOLD);
}
