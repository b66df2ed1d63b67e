import { compileKernel } from "@mlsec/preprocess";
import type { FittedTree } from "./fitted-tree.js";
import type { BlockWalk } from "./forest-walk.js";
import { WALK_ROWS_KERNEL } from "./kernels/walk-rows.js";
import type { TreeNodes } from "./tree-nodes.js";

/** What the kernel may hold of trees, and of rows: it keeps its memory. */
const MAX_BYTES = 1 << 24;
const NODE_BYTES = 16;
const ROWS_AT = 1024;
const PAGE_BYTES = 65_536;
const SIGN = 0x80000000 | 0;

/** The kernel and its memory. */
export interface WalkKernel {
  readonly memory: WebAssembly.Memory;
  walk(root: number, rows: number, stride: number, count: number, leaves: number): void;
}

/** Undefined before it was asked for, null where there is none. */
let shared: WalkKernel | null | undefined;

/** One for all forests, filled anew by each that scores, or null where WebAssembly cannot be compiled. */
export function walkKernel(): WalkKernel | null {
  if (shared === undefined) {
    const compiled = compileKernel(WALK_ROWS_KERNEL) as WebAssembly.Module | undefined;
    shared = compiled ? (new WebAssembly.Instance(compiled).exports as unknown as WalkKernel) : null;
  }
  return shared;
}

/** Whether the kernel may hold so many nodes, and so many rows. */
export function fitsKernel(nodes: number, rows: number, width: number): boolean {
  return NODE_BYTES * nodes <= MAX_BYTES && 4 * rows * width <= MAX_BYTES;
}

/** Trees and a block of rows in the kernel's memory, for as long as nobody else opens it. */
export class KernelWalk implements BlockWalk {
  readonly rows: Float32Array;
  private readonly leaves: Int32Array;
  private readonly roots: readonly number[];

  private constructor(
    private readonly kernel: WalkKernel,
    private readonly stride: number,
    trees: readonly FittedTree[],
    blockRows: number,
    nodesAt: number,
  ) {
    const { buffer } = kernel.memory;
    this.rows = new Float32Array(buffer, ROWS_AT, (blockRows * stride) / 4);
    this.leaves = new Int32Array(buffer, nodesAt - 4 * blockRows, blockRows);
    const packer = new TreePacker(buffer);
    let end = nodesAt;
    this.roots = trees.map(({ nodes, nodeCount }) => {
      const root = end;
      packer.pack(nodes, root);
      end += NODE_BYTES * nodeCount;
      return root;
    });
  }

  /**
   * Brings trees to the kernel, which must fit. Null where there is not so much memory.
   *
   * @param blockRows a multiple of 8.
   */
  static open(kernel: WalkKernel, trees: readonly FittedTree[], blockRows: number, width: number): KernelWalk | null {
    const stride = 4 * width;
    const nodesAt = ROWS_AT + blockRows * stride + 4 * blockRows;
    const end = trees.reduce((bytes, tree) => bytes + NODE_BYTES * tree.nodeCount, nodesAt);
    const missing = end - kernel.memory.buffer.byteLength;
    try {
      if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch {
      return null;
    }
    return new KernelWalk(kernel, stride, trees, blockRows, nodesAt);
  }

  leavesOf(tree: number, count: number): Int32Array {
    // The kernel takes rows by eights: what lies behind the last one fills them up.
    const eights = Math.ceil(count / 8) * 8;
    this.kernel.walk(this.roots[tree]!, ROWS_AT, this.stride, eights, this.leaves.byteOffset);
    return this.leaves.subarray(0, count);
  }
}

/** Lays trees out as kernels/walk-rows.ts says, breadth first. */
class TreePacker {
  private readonly ints: Int32Array;
  private readonly floats: Float32Array;

  constructor(buffer: ArrayBuffer) {
    this.ints = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
  }

  pack({ feature, threshold, missingLeft, left, right }: TreeNodes, address: number): void {
    const { ints, floats } = this;
    const queue = new Int32Array(left.length);
    let next = 1;
    for (let place = 0, at = address / 4; place < left.length; place++, at += NODE_BYTES / 4) {
      const node = queue[place]!;
      if (left[node]! < 0) {
        ints[at] = 0;
        ints[at + 1] = 4 * at;
        floats[at + 2] = Number.POSITIVE_INFINITY;
        ints[at + 3] = node;
        continue;
      }
      ints[at] = 4 * feature[node]!;
      ints[at + 1] = address + NODE_BYTES * next;
      this.writeFloor(at + 2, threshold[node]!);
      if (missingLeft[node] === 1) {
        ints[at + 3] = 0;
        queue[next++] = left[node]!;
        queue[next++] = right[node]!;
      } else {
        // At most the threshold is less than the next float32: with its sign changed, above that one with its own changed.
        this.writeNext(at + 2);
        ints[at + 2]! ^= SIGN;
        ints[at + 3] = SIGN;
        queue[next++] = right[node]!;
        queue[next++] = left[node]!;
      }
    }
  }

  /** Writes the largest float32 that is not above a value: other float32 are above both or neither. */
  private writeFloor(at: number, value: number): void {
    const { ints, floats } = this;
    floats[at] = value;
    const near = floats[at]!;
    if (near <= value) return;
    if (near === 0) ints[at] = SIGN | 1;
    else ints[at]! += near > 0 ? -1 : 1;
  }

  /** Makes a float32 the smallest above it. */
  private writeNext(at: number): void {
    const { ints, floats } = this;
    const value = floats[at]!;
    if (value === 0) ints[at] = 1;
    else ints[at]! += value > 0 ? 1 : -1;
  }
}
