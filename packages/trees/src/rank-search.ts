import type { Scoring } from "./criterion.js";
import type { NodeSearch } from "./node-search.js";
import { inseparable, OpenNode } from "./open-node.js";
import type { GrowthRules } from "./options.js";
import { RankSorter } from "./rank-sorter.js";
import type { RankedColumn, RankedMatrix } from "./ranked-matrix.js";
import type { Division } from "./splitter.js";
import { ALL_PRESENT, thresholdBetween } from "./threshold.js";
import type { TrainingRows } from "./training-rows.js";
import { type Units, unitsOf } from "./units.js";

/** A tally of the node's ranks is kept where it has at most this many cells per row; otherwise the rows are sorted. */
const TALLY_CELLS_PER_ROW = 4;

/**
 * Searches a node of a tree that draws features, for any criterion, weights and missing values: the node's ranks on a
 * feature are brought together, and tallied or sorted. Where values are missing, they are tried on the right (including:
 * all of them against all others) and then on the left.
 */
export class RankSearch implements NodeSearch {
  bestFeature = -1;
  /** The largest rank that goes left, and the smallest that goes right; the latter is −1 where only missing values do. */
  private bestLower = 0;
  private bestUpper = 0;
  private bestMissing = 0;
  private bestMissingLeft = false;

  private readonly columns: readonly RankedColumn[];
  private readonly sorter: RankSorter;
  private readonly node: OpenNode;
  /** The node: where its rows begin in `data.rows`, how many there are, and their kinds. */
  private start = 0;
  private n = 0;
  private readonly nodeKinds: Int32Array;

  /** Units by rank and class. All zero between scans. */
  private readonly tally: Units;
  private readonly secondLane: Units;
  /** Rows by rank, counted where sides must keep a number of them. All zero between scans. */
  private readonly tallyRows: Int32Array;
  /** Kinds of the rows whose value is present, and the units of the others; only used where there are others. */
  private readonly presentKinds: Int32Array;
  private readonly missing: Units;
  private readonly leftUnits: Units;
  private readonly rightUnits: Units;
  private readonly spare: Int32Array;

  constructor(
    matrix: RankedMatrix,
    private readonly data: TrainingRows,
    scoring: Scoring,
    private readonly rules: GrowthRules,
  ) {
    const rows = data.rows.length;
    const classes = scoring.factors.length;
    this.columns = matrix.columns;
    this.sorter = new RankSorter(rows, data.kindClass.length);
    this.node = new OpenNode(scoring, data.whole);
    this.nodeKinds = new Int32Array(rows);
    this.tally = unitsOf(data.whole, TALLY_CELLS_PER_ROW * rows);
    this.secondLane = unitsOf(data.whole, TALLY_CELLS_PER_ROW * rows);
    this.tallyRows = new Int32Array(rules.minSamplesLeaf > 1 ? TALLY_CELLS_PER_ROW * rows : 0);
    this.presentKinds = new Int32Array(matrix.columns.some(({ hasMissing }) => hasMissing) ? rows : 0);
    this.missing = unitsOf(data.whole, classes);
    this.leftUnits = unitsOf(data.whole, classes);
    this.rightUnits = unitsOf(data.whole, classes);
    this.spare = new Int32Array(rows);
  }

  begin(start: number, end: number, total: Units): void {
    const { nodeKinds, node } = this;
    const { rows, kinds } = this.data;
    this.start = start;
    this.n = end - start;
    for (let i = start; i < end; i++) nodeKinds[i - start] = kinds[rows[i]!]!;
    node.begin(this.n, total);
    this.bestFeature = -1;
  }

  inspect(feature: number): boolean {
    const { n, sorter, node } = this;
    const column = this.columns[feature]!;
    if (column.hasMissing) return this.inspectWithMissing(feature, column);
    const cells = TALLY_CELLS_PER_ROW * n;
    const classes = node.total.length;
    node.startWith();
    if (column.values.length * classes <= cells) {
      this.tallyColumn(column.ranks, column.values.length);
      return this.scanTally(feature, column, 0, column.values.length);
    }
    const { low, high } = this.gather(column.ranks);
    if (inseparable(column.values[low]!, column.values[high]!)) return false;
    const range = high - low + 1;
    if (range * classes <= cells) {
      this.tallyGathered(low);
      return this.scanTally(feature, column, low, range);
    }
    sorter.sort(n, low, range, this.nodeKinds);
    this.scanSorted(feature, column, n, 0, false);
    return true;
  }

  private inspectWithMissing(feature: number, column: RankedColumn): boolean {
    const { n, sorter, node, presentKinds } = this;
    const { low, high, present } = this.gatherPresent(column);
    const missing = n - present;
    if (present === 0) return false;
    if (missing === 0 && inseparable(column.values[low]!, column.values[high]!)) return false;
    sorter.sort(present, low, high - low + 1, presentKinds);
    node.startWith();
    this.scanSorted(feature, column, present, missing, false);
    if (missing === 0) return true;
    // The walk has left all present values on the left.
    this.consider(feature, column, high, -1, present, missing, false, node.score());
    node.startWith(this.missing);
    this.scanSorted(feature, column, present, missing, true);
    return true;
  }

  /** Brings the ranks of the node's rows together, and says between which they lie. */
  private gather(columnRanks: Int32Array): { low: number; high: number } {
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

  /** The same of the present values, with their kinds; those missing are counted by class. */
  private gatherPresent({ ranks: columnRanks, values }: RankedColumn): { low: number; high: number; present: number } {
    const { start, n, nodeKinds, presentKinds, missing } = this;
    const { rows, kindClass, kindUnits } = this.data;
    const { ranks } = this.sorter;
    let low = values.length;
    let high = -1;
    let present = 0;
    missing.fill(0);
    for (let i = 0; i < n; i++) {
      const rank = columnRanks[rows[start + i]!]!;
      const kind = nodeKinds[i]!;
      if (rank === values.length) {
        missing[kindClass[kind]!]! += kindUnits[kind]!;
        continue;
      }
      ranks[present] = rank;
      presentKinds[present++] = kind;
      if (rank < low) low = rank;
      if (rank > high) high = rank;
    }
    return { low, high, present };
  }

  /**
   * Adds up the node's units by rank and class, straight from the column. Every other row is added in a second lane,
   * because an addition to the cell of the row before, which is common, would have to wait for that one.
   */
  private tallyColumn(columnRanks: Int32Array, range: number): void {
    const { start, n, tally, secondLane, tallyRows, nodeKinds } = this;
    const { rows, kindClass, kindUnits } = this.data;
    const classes = this.node.total.length;
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
    const classes = this.node.total.length;
    for (let i = 0; i < n; i++) {
      const kind = nodeKinds[i]!;
      tally[(ranks[i]! - low) * classes + kindClass[kind]!]! += kindUnits[kind]!;
    }
    if (tallyRows.length > 0) for (let i = 0; i < n; i++) tallyRows[ranks[i]! - low]!++;
  }

  /** Few ranks: walks over their tally, and clears it. False if the feature is constant in the node. */
  private scanTally(feature: number, column: RankedColumn, low: number, range: number): boolean {
    const { tally, tallyRows, node } = this;
    const classes = node.total.length;
    const counting = tallyRows.length > 0;
    let first = -1;
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
          else {
            const score = node.score();
            if (score > node.bestScore + node.noise)
              this.consider(feature, column, low + before, low + cell, rowsLeft, 0, false, score);
          }
          before = cell;
        }
        node.moveLeft(c, units);
      }
      if (counting) {
        rowsLeft += tallyRows[cell]!;
        tallyRows[cell] = 0;
      }
    }
    return !inseparable(column.values[low + first]!, column.values[low + before]!);
  }

  /** Many ranks: walks over the sorted rows. The node has begun with what is on the left before the first. */
  private scanSorted(
    feature: number,
    column: RankedColumn,
    present: number,
    missing: number,
    missingLeft: boolean,
  ): void {
    const { node } = this;
    const { kindClass, kindUnits } = this.data;
    const { ranks, kinds } = this.sorter;
    let before = ranks[0]!;
    for (let i = 0; i < present; i++) {
      const rank = ranks[i]!;
      if (rank !== before) {
        const score = node.score();
        if (score > node.bestScore + node.noise)
          this.consider(feature, column, before, rank, i, missing, missingLeft, score);
        before = rank;
      }
      const kind = kinds[i]!;
      node.moveLeft(kindClass[kind]!, kindUnits[kind]!);
    }
  }

  /** Keeps a threshold better than all before if it is allowed. */
  private consider(
    feature: number,
    column: RankedColumn,
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
    if (minSamplesLeaf > 1 && (rowsLeft < minSamplesLeaf || this.n - rowsLeft < minSamplesLeaf)) return;
    if (upper >= 0 && inseparable(column.values[lower]!, column.values[upper]!)) return;
    node.bestScore = score;
    this.bestFeature = feature;
    this.bestLower = lower;
    this.bestUpper = upper;
    this.bestMissing = missing;
    this.bestMissingLeft = missingLeft;
  }

  divide(): Division {
    const { start, n, spare, nodeKinds, leftUnits, rightUnits, bestFeature: feature, bestLower: lower } = this;
    const { rows, kindClass, kindUnits } = this.data;
    const { ranks, values } = this.columns[feature]!;
    // Missing values have the largest rank.
    const alsoLeft = this.bestMissing > 0 && this.bestMissingLeft ? values.length : -1;
    let middle = start;
    let others = 0;
    leftUnits.fill(0);
    rightUnits.fill(0);
    for (let i = 0; i < n; i++) {
      const row = rows[start + i]!;
      const rank = ranks[row]!;
      const kind = nodeKinds[i]!;
      if (rank <= lower || rank === alsoLeft) {
        leftUnits[kindClass[kind]!]! += kindUnits[kind]!;
        rows[middle++] = row;
      } else {
        rightUnits[kindClass[kind]!]! += kindUnits[kind]!;
        spare[others++] = row;
      }
    }
    for (let i = 0; i < others; i++) rows[middle + i] = spare[i]!;
    const upper = this.bestUpper;
    const threshold = upper < 0 ? ALL_PRESENT : thresholdBetween(values[lower]!, values[upper]!);
    const missingLeft = this.bestMissing > 0 ? this.bestMissingLeft : middle - start > others;
    return { feature, threshold, missingLeft, middle, leftUnits, rightUnits };
  }
}
