import { compileKernel } from "@mlsec/preprocess";
import { COLUMN_PRODUCTS_KERNEL } from "./kernels/column-products.js";

/** Rows of a block: 80 columns of them stay within the second-level cache. Even, because sums have two lanes. */
export const BLOCK_ROWS = 256;
/** Columns are padded to a multiple of this, so that sums of products need no remainders. */
const TILE = 4;
const PAGE_BYTES = 65_536;

/** Sums of products of every two columns, taken block by block. */
export interface ColumnProducts {
  /** To be filled: columns of `BLOCK_ROWS` values, one after the other; zero at first. */
  readonly block: Float64Array;
  /** From one row of `sums` to the next. */
  readonly width: number;
  /** Row-major; what stands above the diagonal means nothing. */
  readonly sums: Float64Array;
  /** Adds the products of the block's first rows. An odd number needs a row of zeros after it. */
  add(rows: number): void;
}

/** Undefined before it was asked for, null where it cannot be compiled. */
let compiled: WebAssembly.Module | null | undefined;

/** The compiled kernel, or null. */
export function productsKernel(): WebAssembly.Module | null {
  if (compiled === undefined) compiled = compileKernel(COLUMN_PRODUCTS_KERNEL) ?? null;
  return compiled;
}

/**
 * Space for the products of so many columns. With and without the kernel the sums are the same, bit for bit: even and odd
 * rows of a block are added apart, then the two, then to what earlier blocks gave.
 */
export function columnProducts(columns: number, kernel: WebAssembly.Module | null = productsKernel()): ColumnProducts {
  const width = Math.ceil(columns / TILE) * TILE;
  return (kernel === null ? null : inKernel(kernel, width)) ?? inTypeScript(width);
}

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly addProducts: (block: number, stride: number, columns: number, rows: number, sums: number) => void;
}

/** Null where there is not so much memory. */
function inKernel(kernel: WebAssembly.Module, width: number): ColumnProducts | null {
  const { exports } = new WebAssembly.Instance(kernel);
  const { memory, addProducts } = exports as unknown as KernelExports;
  const at = memory.buffer.byteLength;
  const blockBytes = width * BLOCK_ROWS * 8;
  try {
    memory.grow(Math.ceil((blockBytes + width * width * 8) / PAGE_BYTES));
  } catch {
    return null;
  }
  return {
    block: new Float64Array(memory.buffer, at, width * BLOCK_ROWS),
    width,
    sums: new Float64Array(memory.buffer, at + blockBytes, width * width),
    add: (rows) => addProducts(at, BLOCK_ROWS * 8, width, rows + (rows % 2), at + blockBytes),
  };
}

function inTypeScript(width: number): ColumnProducts {
  const block = new Float64Array(width * BLOCK_ROWS);
  const sums = new Float64Array(width * width);
  return { block, width, sums, add: (rows) => addProducts(block, width, rows + (rows % 2), sums) };
}

/** Two columns i with two columns j at a time, so that eight sums (of even and odd rows) share eight reads. */
function addProducts(block: Float64Array, columns: number, rows: number, sums: Float64Array): void {
  for (let i = 0; i < columns; i += 2) {
    for (let j = 0; j <= i; j += 2) {
      let aEven = 0;
      let aOdd = 0;
      let bEven = 0;
      let bOdd = 0;
      let cEven = 0;
      let cOdd = 0;
      let dEven = 0;
      let dOdd = 0;
      const end = i * BLOCK_ROWS + rows;
      for (let k = i * BLOCK_ROWS, at = j * BLOCK_ROWS; k < end; k += 2, at += 2) {
        const u = block[k]!;
        const v = block[k + BLOCK_ROWS]!;
        const x = block[at]!;
        const y = block[at + BLOCK_ROWS]!;
        aEven += u * x;
        bEven += u * y;
        cEven += v * x;
        dEven += v * y;
        const uOdd = block[k + 1]!;
        const vOdd = block[k + BLOCK_ROWS + 1]!;
        const xOdd = block[at + 1]!;
        const yOdd = block[at + BLOCK_ROWS + 1]!;
        aOdd += uOdd * xOdd;
        bOdd += uOdd * yOdd;
        cOdd += vOdd * xOdd;
        dOdd += vOdd * yOdd;
      }
      sums[i * columns + j]! += aEven + aOdd;
      sums[i * columns + j + 1]! += bEven + bOdd;
      sums[(i + 1) * columns + j]! += cEven + cOdd;
      sums[(i + 1) * columns + j + 1]! += dEven + dOdd;
    }
  }
}
