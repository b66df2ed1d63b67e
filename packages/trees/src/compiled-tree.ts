import { type FeatureMatrix, MlsecError } from "@mlsec/preprocess";
import { requireLength } from "./input-checks.js";
import { leavesOf } from "./matrix-walk.js";
import { leafOf } from "./row-walk.js";
import { layOut, type ScoringLayout } from "./scoring-layout.js";
import type { TreeNodes } from "./tree-nodes.js";

/**
 * A tree laid out for speed: scores one row without allocation, or many rows that lie one after another. No code is
 * generated. `FittedTree.compile` makes one.
 */
export class CompiledTree {
  private readonly layout: ScoringLayout;
  /** The class of each place. */
  private readonly codes: Int32Array;

  /** @param nodeClass the class of each node. @internal */
  constructor(
    private readonly nodes: TreeNodes,
    private readonly depth: number,
    readonly classes: readonly string[],
    readonly features: readonly string[],
    nodeClass: Int32Array,
  ) {
    this.layout = layOut(nodes);
    this.codes = this.layout.node.map((node) => nodeClass[node]!);
  }

  /**
   * The leaf (node number) of one row.
   *
   * @param values one per feature, in order; NaN where missing.
   * @throws MlsecError `length-mismatch`, or `not-finite` for an infinite value on the way.
   */
  applyRow(values: ArrayLike<number>): number {
    return this.layout.node[this.placeOf(values)]!;
  }

  /** The class index of one row. Values and errors as in `applyRow`. */
  predictRow(values: ArrayLike<number>): number {
    return this.codes[this.placeOf(values)]!;
  }

  /**
   * The class shares of one row, in class order. Values and errors as in `applyRow`.
   *
   * @param out where to write them; a new array by default.
   */
  probaRow(values: ArrayLike<number>, out: Float64Array = new Float64Array(this.classes.length)): Float64Array {
    const from = this.applyRow(values) * this.classes.length;
    for (let c = 0; c < this.classes.length; c++) out[c] = this.nodes.value[from + c]!;
    return out;
  }

  /**
   * The leaf (node number) of each of many rows.
   *
   * @param values rows × features, row-major; NaN where missing.
   * @param out one entry per row; a new array by default.
   * @throws MlsecError `length-mismatch`, or `not-finite` for an infinite value on the way of a row.
   */
  applyRows(values: Float32Array | Float64Array, out?: Int32Array): Int32Array {
    return this.answerRows(values, this.layout.node, out);
  }

  /** The class index of each of many rows. Values and errors as in `applyRows`. */
  predictRows(values: Float32Array | Float64Array, out?: Int32Array): Int32Array {
    return this.answerRows(values, this.codes, out);
  }

  /** The leaf of each row of a matrix of this tree's features. @internal */
  applyMatrix(matrix: FeatureMatrix): Int32Array {
    return leavesOf(this.nodes, this.layout, this.depth, matrix);
  }

  /** Writes each row's answer, given per place. */
  private answerRows(values: Float32Array | Float64Array, answers: Int32Array, given?: Int32Array): Int32Array {
    const width = this.features.length;
    const rows = Math.floor(values.length / width);
    if (rows * width !== values.length) {
      throw new MlsecError(
        "length-mismatch",
        `${values.length} values are no whole number of rows: a row has ${width}, one per feature.`,
        { expected: width, got: values.length },
      );
    }
    const out = given ?? new Int32Array(rows);
    if (out.length !== rows) {
      throw new MlsecError("length-mismatch", `The output has ${out.length} entries for ${rows} rows.`, {
        expected: rows,
        got: out.length,
      });
    }
    const { feature, threshold, child } = this.layout;
    for (let row = 0, at = 0; row < rows; row++, at += width) {
      let place = 0;
      let next = child[0]!;
      let unusual = 0;
      while (next !== place) {
        const value = Math.fround(values[at + feature[place]!]!);
        // Zero for finite values, NaN otherwise.
        unusual += value - value;
        place = value <= threshold[place]! ? next : next + 1;
        next = child[place]!;
      }
      out[row] = answers[unusual === 0 ? place : this.unusualPlace((index) => values[at + index]!, row)]!;
    }
    return out;
  }

  // The same walk again: shared with `answerRows`, it would be compiled for both and be slower in either.
  private placeOf(values: ArrayLike<number>): number {
    requireLength(values, this.features.length);
    const { feature, threshold, child } = this.layout;
    let place = 0;
    let next = child[0]!;
    let unusual = 0;
    while (next !== place) {
      const value = Math.fround(values[feature[place]!]!);
      unusual += value - value;
      place = value <= threshold[place]! ? next : next + 1;
      next = child[place]!;
    }
    return unusual === 0 ? place : this.unusualPlace((index) => values[index]!, null);
  }

  /** The place of a row with a missing or an infinite value on the way. */
  private unusualPlace(read: (feature: number) => number, row: number | null): number {
    return this.layout.place[leafOf(this.nodes, read, this.features, row)]!;
  }
}
