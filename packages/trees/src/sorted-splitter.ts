import { ConstantFeatures } from "./constant-features.js";
import type { Scoring } from "./criterion.js";
import { inseparable, OpenNode } from "./open-node.js";
import type { GrowthRules } from "./options.js";
import { NEW_VALUE, ROW, type SortedColumns } from "./sorted-columns.js";
import type { Division, Splitter } from "./splitter.js";
import { ALL_PRESENT, thresholdBetween } from "./threshold.js";
import type { TrainingRows } from "./training-rows.js";
import { type Units, unitsOf } from "./units.js";

/**
 * Exact splits of all features, for trees that draw none: every column is sorted once, and a node's rows stay sorted on
 * every feature, because splitting a node moves them in order (as in Shafer, Agrawal and Mehta, "SPRINT", 1996). Looking
 * at a feature is then one walk along its list.
 *
 * Features are looked at in order; a better score wins, and among equal ones (to rounding) the first feature and its
 * lowest threshold. Where values are missing, they are tried on the right (including: all of them against all others) and
 * then on the left.
 */
export class SortedSplitter implements Splitter {
  bestFeature = -1;
  /** Position of the first row on the right of the best threshold. */
  private bestPosition = 0;
  private bestMissing = 0;
  private bestMissingLeft = false;

  private readonly node: OpenNode;
  private readonly constants: ConstantFeatures;
  private start = 0;
  private end = 0;
  private inherits = false;
  private feature = 0;

  /** Whether a row goes left, by row. */
  private readonly side: Uint8Array;
  private readonly spare: Int32Array;
  private readonly leftUnits: Units;
  private readonly rightUnits: Units;
  private readonly missing: Units;
  /** The sum of the squares of the node's units. */
  private allSquares = 0;

  constructor(
    private readonly columns: SortedColumns,
    private readonly data: TrainingRows,
    private readonly scoring: Scoring,
    private readonly rules: GrowthRules,
  ) {
    const classes = scoring.factors.length;
    this.node = new OpenNode(scoring, data.whole);
    this.constants = new ConstantFeatures(columns.lists.length);
    this.side = new Uint8Array(data.kinds.length);
    this.spare = new Int32Array(data.rows.length);
    this.leftUnits = unitsOf(data.whole, classes);
    this.rightUnits = unitsOf(data.whole, classes);
    this.missing = unitsOf(data.whole, classes);
  }

  begin(start: number, end: number, depth: number, total: Units): void {
    this.start = start;
    this.end = end;
    this.inherits = depth >= 0;
    this.constants.enter(depth);
    this.node.begin(end - start, total);
    this.allSquares = 0;
    for (let c = 0; c < total.length; c++) this.allSquares += total[c]! * total[c]!;
    this.bestFeature = -1;
    this.feature = 0;
  }

  next(): boolean {
    const { constants } = this;
    const features = this.columns.lists.length;
    while (this.feature < features && constants.has(this.feature)) this.feature++;
    if (this.feature === features) return false;
    if (!this.inspect(this.feature)) constants.add(this.feature);
    this.feature++;
    return true;
  }

  /** Scores every threshold of a feature. False if the feature is constant in the node. */
  private inspect(feature: number): boolean {
    const { start, end, node } = this;
    const { lists, hasMissing, valueAt } = this.columns;
    const list = lists[feature]!;
    const missing = hasMissing[feature]! ? this.countMissing(feature, list) : 0;
    const present = end - missing;
    if (present === start) return false;
    if (missing === 0) {
      if (inseparable(valueAt(feature, list[start]! & ROW), valueAt(feature, list[end - 1]! & ROW))) return false;
      this.walk(feature, list, end, 0, false);
      return true;
    }
    this.walk(feature, list, present, missing, false);
    // The walk has left all present values on the left.
    node.startWith(node.left);
    this.consider(feature, present, present, missing, false, node.score());
    this.walk(feature, list, present, missing, true);
    return true;
  }

  private countMissing(feature: number, list: Int32Array): number {
    const { start, end } = this;
    const { valueAt } = this.columns;
    const { kinds, kindClass, kindUnits } = this.data;
    this.missing.fill(0);
    let count = 0;
    for (let i = end - 1; i >= start; i--) {
      const row = list[i]! & ROW;
      if (!Number.isNaN(valueAt(feature, row))) break;
      this.missing[kindClass[kinds[row]!]!]! += kindUnits[kinds[row]!]!;
      count++;
    }
    return count;
  }

  private walk(feature: number, list: Int32Array, present: number, missing: number, missingLeft: boolean): void {
    this.node.startWith(missingLeft ? this.missing : undefined);
    if (this.scoring.plainGini) this.walkGini(feature, list, present, missing, missingLeft);
    else this.walkTerms(feature, list, present, missing, missingLeft);
  }

  /**
   * Gini without class weights. The sums of squares are whole numbers, and a threshold that does not beat the best is
   * refuted by multiplying instead of dividing.
   */
  private walkGini(feature: number, list: Int32Array, present: number, missing: number, missingLeft: boolean): void {
    const { start, node, allSquares } = this;
    const { left, total, weight } = node;
    const { kinds, kindClass, kindUnits } = this.data;
    let leftWeight = 0;
    let squares = 0;
    let mixed = 0;
    for (let c = 0; c < left.length; c++) {
      leftWeight += left[c]!;
      squares += left[c]! * left[c]!;
      mixed += left[c]! * total[c]!;
    }
    // Half of the noise is more than what rounding does to the products.
    let bar = node.bestScore + 0.5 * node.noise;
    for (let i = start; i < present; i++) {
      const entry = list[i]!;
      const row = entry & ROW;
      if (entry < 0 && i > start) {
        const rightWeight = weight - leftWeight;
        const rightSquares = allSquares - 2 * mixed + squares;
        if (squares * rightWeight + rightSquares * leftWeight > bar * leftWeight * rightWeight) {
          this.consider(feature, i, present, missing, missingLeft, squares / leftWeight + rightSquares / rightWeight);
          bar = node.bestScore + 0.5 * node.noise;
        }
      }
      const kind = kinds[row]!;
      const c = kindClass[kind]!;
      const units = kindUnits[kind]!;
      const l = left[c]!;
      left[c] = l + units;
      leftWeight += units;
      squares += units * (2 * l + units);
      mixed += units * total[c]!;
    }
  }

  private walkTerms(feature: number, list: Int32Array, present: number, missing: number, missingLeft: boolean): void {
    const { start, node } = this;
    const { kinds, kindClass, kindUnits } = this.data;
    for (let i = start; i < present; i++) {
      const entry = list[i]!;
      const row = entry & ROW;
      if (entry < 0 && i > start) {
        const score = node.score();
        if (score > node.bestScore + node.noise) this.consider(feature, i, present, missing, missingLeft, score);
      }
      const kind = kinds[row]!;
      node.moveLeft(kindClass[kind]!, kindUnits[kind]!);
    }
  }

  /** Keeps a threshold if it is the best so far and allowed. */
  private consider(
    feature: number,
    position: number,
    present: number,
    missing: number,
    missingLeft: boolean,
    score: number,
  ): void {
    const { node, start, end } = this;
    const { minSamplesLeaf } = this.rules;
    if (!(score > node.bestScore + node.noise)) return;
    const rowsLeft = position - start + (missingLeft ? missing : 0);
    if (rowsLeft < minSamplesLeaf || end - start - rowsLeft < minSamplesLeaf) return;
    if (position < present) {
      const { lists, valueAt } = this.columns;
      const list = lists[feature]!;
      const lower = valueAt(feature, list[position - 1]! & ROW);
      if (inseparable(lower, valueAt(feature, list[position]! & ROW))) return;
    }
    node.bestScore = score;
    this.bestFeature = feature;
    this.bestPosition = position;
    this.bestMissing = missing;
    this.bestMissingLeft = missingLeft;
  }

  divide(): Division {
    const {
      start,
      end,
      leftUnits,
      rightUnits,
      bestFeature: feature,
      bestPosition: position,
      bestMissing: missing,
    } = this;
    const { lists, valueAt } = this.columns;
    const list = lists[feature]!;
    const present = end - missing;
    const missingLeft = missing > 0 ? this.bestMissingLeft : position - start > end - position;
    leftUnits.fill(0);
    rightUnits.fill(0);
    this.send(list, start, position, 1, leftUnits);
    this.send(list, position, present, 0, rightUnits);
    this.send(list, present, end, missingLeft ? 1 : 0, missingLeft ? leftUnits : rightUnits);
    const threshold =
      position === present
        ? ALL_PRESENT
        : thresholdBetween(valueAt(feature, list[position - 1]! & ROW), valueAt(feature, list[position]! & ROW));
    this.feature = 0;
    return { feature, threshold, missingLeft, middle: position + (missingLeft ? missing : 0), leftUnits, rightUnits };
  }

  /** Marks some rows as going left (1) or right (0), and adds up their units. */
  private send(list: Int32Array, from: number, to: number, side: number, units: Units): void {
    const { kinds, kindClass, kindUnits } = this.data;
    for (let i = from; i < to; i++) {
      const row = list[i]! & ROW;
      const kind = kinds[row]!;
      this.side[row] = side;
      units[kindClass[kind]!]! += kindUnits[kind]!;
    }
  }

  settle(): boolean {
    const { lists } = this.columns;
    while (this.feature < lists.length) {
      const feature = this.feature++;
      const settled = feature === this.bestFeature && this.bestMissing === 0;
      if (settled || (this.inherits && this.constants.has(feature))) continue;
      this.partition(lists[feature]!);
      return true;
    }
    return false;
  }

  /** Moves a list's rows to their sides in order. Without branches, which nobody could predict. */
  private partition(list: Int32Array): void {
    const { start, end, side, spare } = this;
    let to = start;
    let others = 0;
    // An entry has a new value if any entry since the last one of its side had.
    let newLeft = 0;
    let newRight = 0;
    for (let i = start; i < end; i++) {
      const entry = list[i]!;
      const row = entry & ROW;
      const goesLeft = side[row]!;
      newLeft |= entry & NEW_VALUE;
      newRight |= entry & NEW_VALUE;
      list[to] = row | newLeft;
      spare[others] = row | newRight;
      newLeft &= goesLeft - 1;
      newRight &= -goesLeft;
      to += goesLeft;
      others += 1 - goesLeft;
    }
    for (let i = 0; i < others; i++) list[to + i] = spare[i]!;
  }
}
