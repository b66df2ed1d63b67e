import type { Layout } from "../../compute/layout.js";
import type { TrainKernels } from "../../compute/train-kernels.js";
import { SUM_BLOCK } from "./layer.js";

/** Scratch of a layer's products with a matrix of inner × outer weights (both padded). */
export interface Packing {
  /** The weights in panels, or their transpose. */
  readonly weights: number;
  readonly transposed: number;
  /** Panels of `SUM_BLOCK` rows of inputs, and of gradients. */
  readonly inputs: number;
  readonly gradients: number;
}

export function packing(layout: Layout, inner: number, outer: number): Packing {
  return {
    weights: layout.take(inner * outer),
    transposed: layout.take(inner * outer),
    inputs: layout.take(SUM_BLOCK * inner),
    gradients: layout.take(SUM_BLOCK * outer),
  };
}

/** A product of rows with packed weights; see the kernel `multiply`. */
export interface Product {
  readonly from: number;
  readonly ld: number;
  readonly depth: number;
  readonly packed: number;
  readonly to: number;
  readonly columns: number;
  readonly bias: number;
  readonly flags: number;
}

/** A product, a block of rows at a time. */
export function* times(kernels: TrainKernels, product: Product, rows: number): Generator<void> {
  const { from, ld, depth, packed, to, columns, bias, flags } = product;
  for (let row = 0; row < rows; row += SUM_BLOCK) {
    const count = Math.min(SUM_BLOCK, rows - row);
    kernels.multiply(
      from + 4 * row * ld,
      ld,
      packed,
      to + 4 * row * columns,
      columns,
      count,
      columns,
      depth,
      bias,
      flags,
    );
    yield;
  }
}

/** to (rows × inner) = gradient (rows × outer) · weightsᵀ, packed anew. */
export function* timesTransposed(
  kernels: TrainKernels,
  { weights: packed, transposed }: Packing,
  gradient: number,
  outer: number,
  weights: number,
  to: number,
  inner: number,
  rows: number,
  flags: number,
): Generator<void> {
  kernels.transpose(transposed, weights, outer, inner, outer);
  kernels.packColumns(packed, transposed, inner, outer, inner);
  yield;
  yield* times(kernels, { from: gradient, ld: outer, depth: outer, packed, to, columns: inner, bias: 0, flags }, rows);
}

/** sum (inner × outer) += inputsᵀ · gradients over the rows, in their order. */
export function* addGradientProduct(
  kernels: TrainKernels,
  scratch: Packing,
  inputs: number,
  inner: number,
  gradients: number,
  outer: number,
  rows: number,
  sum: number,
): Generator<void> {
  for (let row = 0; row < rows; row += SUM_BLOCK) {
    const count = Math.min(SUM_BLOCK, rows - row);
    kernels.packRows(scratch.inputs, inputs + 4 * row * inner, inner, count, inner);
    kernels.packColumns(scratch.gradients, gradients + 4 * row * outer, outer, count, outer);
    kernels.multiplyPacked(scratch.inputs, scratch.gradients, sum, outer, inner, outer, count);
    yield;
  }
}
