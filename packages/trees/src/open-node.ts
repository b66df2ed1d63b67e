import { log2 } from "@mlsec/preprocess/numeric";
import { binaryEntropyBound, type Scoring, xLog2X } from "./criterion.js";
import { FEATURE_THRESHOLD } from "./threshold.js";
import { type Units, unitsOf } from "./units.js";

/** How the splits of the node at hand are scored, and how good the best one so far is. */
export class OpenNode {
  /** Units of the node by class. */
  readonly total: Units;
  /** Units left of the threshold at hand, by class. */
  readonly left: Units;
  /** Their weight on the grid, and the sums of the terms on either side; 0 without tables. */
  private leftWeight = 0;
  private leftTerms = 0;
  private rightTerms = 0;
  /** Weight of the node on the scoring's grid. */
  weight = 0;
  /** Score of the best split so far. */
  bestScore: number = Number.NEGATIVE_INFINITY;
  /** Differences between scores up to this size are rounding, not merit. */
  noise = 0;
  /** weight · log2(weight), for weighted entropy. */
  private weightLog = 0;

  constructor(
    private readonly scoring: Scoring,
    whole: boolean,
  ) {
    this.total = unitsOf(whole, scoring.factors.length);
    this.left = unitsOf(whole, scoring.factors.length);
  }

  /** Turns to a node of which nothing is known yet. */
  begin(rows: number, total: Units): void {
    const { scoring } = this;
    this.total.set(total);
    this.weight = 0;
    for (let c = 0; c < total.length; c++) this.weight += total[c]! * scoring.gridFactors[c]!;
    this.weightLog = scoring.criterion === "gini" || scoring.totals !== null ? 0 : xLog2X(this.weight);
    this.noise = 1e-14 * this.weight * (scoring.criterion === "gini" ? 1 : 1 + log2(rows));
    this.bestScore = Number.NEGATIVE_INFINITY;
  }

  /** Begins a walk over thresholds, with these units on the left; none where they are not given. */
  startWith(units?: Units): void {
    const { left, total } = this;
    const { gridFactors, terms, offsets } = this.scoring;
    if (units === undefined) left.fill(0);
    else left.set(units);
    this.leftWeight = 0;
    this.leftTerms = 0;
    this.rightTerms = 0;
    for (let c = 0; c < left.length; c++) {
      this.leftWeight += left[c]! * gridFactors[c]!;
      if (terms === null) continue;
      this.leftTerms += terms[offsets[c]! + left[c]!]!;
      this.rightTerms += terms[offsets[c]! + total[c]! - left[c]!]!;
    }
  }

  /** Moves units of a class from the right to the left. */
  moveLeft(c: number, units: number): void {
    const { gridFactors, terms, offsets } = this.scoring;
    const l = this.left[c]!;
    this.left[c] = l + units;
    this.leftWeight += units * gridFactors[c]!;
    if (terms === null) return;
    const at = offsets[c]! + l;
    const opposite = offsets[c]! + this.total[c]! - l;
    this.leftTerms += terms[at + units]! - terms[at]!;
    this.rightTerms += terms[opposite - units]! - terms[opposite]!;
  }

  /** The score of the threshold at hand; no more than `bestScore` where it is not better. */
  score(): number {
    const { leftWeight, leftTerms, rightTerms } = this;
    const { criterion, terms, totals } = this.scoring;
    const rightWeight = this.weight - leftWeight;
    if (terms === null) return this.scoreOfSums(leftWeight, rightWeight);
    if (criterion === "gini") return leftTerms / leftWeight + rightTerms / rightWeight;
    if (totals !== null) return leftTerms + rightTerms - (totals[leftWeight]! + totals[rightWeight]!);
    // Most thresholds of weighted classes are refuted by a cheap bound, without two logarithms.
    const most = leftTerms + rightTerms - this.weightLog + this.weight * binaryEntropyBound(leftWeight / this.weight);
    if (most <= this.bestScore) return most;
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
export function inseparable(smaller: number, larger: number): boolean {
  return larger <= Math.fround(smaller + FEATURE_THRESHOLD);
}
