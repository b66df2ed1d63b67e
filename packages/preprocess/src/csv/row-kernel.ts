import { compileKernel } from "../kernel.js";
import { CSV_ROWS_KERNEL } from "../kernels/csv-rows.js";

/** What the kernel asks of its user. Places count from the first byte of the input. */
export interface KernelEvents {
  /** A field that is not plain begins at `at`: the place where it ends, −1 where its end is not among the bytes yet. */
  odd(field: number, row: number, at: number): number;
  /** The code of a text. */
  text(field: number, start: number, end: number, hash: number): number;
  /** A row goes on at `at` after its last field: the place after the row, or −1. */
  surplus(field: number, row: number, at: number): number;
  /** A row ended before its field `field`. */
  shortage(field: number, row: number): void;
  /** The row of these events is complete. */
  commit(): void;
  tooLong(row: number): void;
}

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  setUp(
    input: number,
    block: number,
    offsets: number,
    modes: number,
    bounds: number,
    index: number,
    indexRows: number,
    fields: number,
    delimiter: number,
    comment: number,
  ): void;
  parse(from: number, length: number, final: number, row: number, rowsToFill: number): number;
  rows(): number;
  countNumbers(from: number, count: number): number;
}

/** What of a parser lies in the kernel's memory: a view is good until the memory grows. */
export interface KernelViews {
  readonly modes: Uint8Array;
  readonly offsets: Int32Array;
  readonly block: Float64Array;
  readonly bounds: Int32Array;
}

const PAGE_BYTES = 65_536;
/** The kernel reads so many rows one column after the other: few enough that they stay in the nearest cache. */
const MOST_INDEX_ROWS = 64;
const INDEX_ENTRIES = 16_384;
/** The kernel looks so far beyond the last byte that it is given. */
const BYTES_BEYOND = 128;
/** A kernel with more memory than this, of a file with very long records, is not kept for the next reading. */
const MOST_BYTES_KEPT = 8 << 20;

let module: WebAssembly.Module | null | undefined;
/** A kernel that nobody uses: most readings are of small files one after the other, to which a new one would be dear. */
let idle: RowKernel | undefined;

/**
 * The row parser's WebAssembly (kernels/csv-rows.ts) with its memory: modes and offsets of the fields, the block, and
 * the input, which comes last and may grow. One parser uses it at a time.
 */
export class RowKernel {
  private readonly exports: KernelExports;
  private events: KernelEvents | undefined;
  private fields = 0;
  private blockCells = 0;
  private modesAt = 0;
  private offsetsAt = 0;
  private blockAt = 0;
  private blockRows = 0;
  private boundsAt = 0;
  private inputAt = 0;

  private constructor(compiled: WebAssembly.Module) {
    const events: { readonly [Name in keyof KernelEvents]: KernelEvents[Name] } = {
      odd: (field, row, at) => this.events!.odd(field, row, at),
      text: (field, start, end, hash) => this.events!.text(field, start, end, hash),
      surplus: (field, row, at) => this.events!.surplus(field, row, at),
      shortage: (field, row) => this.events!.shortage(field, row),
      commit: () => this.events!.commit(),
      tooLong: (row) => this.events!.tooLong(row),
    };
    const { exports } = new WebAssembly.Instance(compiled, { "csv-rows": { ...events } });
    this.exports = exports as unknown as KernelExports;
  }

  /** A kernel for one parser until it is given back, or undefined where WebAssembly is forbidden. */
  static borrow(
    events: KernelEvents,
    fields: number,
    blockRows: number,
    blockCells: number,
    delimiter: number,
    comment: number,
  ): RowKernel | undefined {
    if (typeof WebAssembly === "undefined") return undefined;
    if (module === undefined) module = compileKernel(CSV_ROWS_KERNEL) ?? null;
    if (module === null) return undefined;
    const kernel = idle ?? new RowKernel(module);
    idle = undefined;
    kernel.setUp(events, fields, blockRows, blockCells, delimiter, comment);
    return kernel;
  }

  /** Ends the use of the kernel and of all views of its memory. */
  giveBack(): void {
    this.events = undefined;
    if (this.exports.memory.buffer.byteLength <= MOST_BYTES_KEPT) idle = this;
  }

  /** The views as they are since memory last grew. */
  get views(): KernelViews {
    const { buffer } = this.exports.memory;
    return {
      modes: new Uint8Array(buffer, this.modesAt, this.fields),
      offsets: new Int32Array(buffer, this.offsetsAt, this.fields),
      block: new Float64Array(buffer, this.blockAt, this.blockCells),
      bounds: new Int32Array(buffer, this.boundsAt, 2 * this.blockRows),
    };
  }

  /** The input as an array of at least so many bytes, what it holds included. May make all views anew. */
  input(length: number): Uint8Array {
    this.reserve(this.inputAt + length + BYTES_BEYOND);
    const { buffer } = this.exports.memory;
    return new Uint8Array(buffer, this.inputAt, buffer.byteLength - this.inputAt - BYTES_BEYOND);
  }

  /**
   * Parses `input[from] … input[length − 1]` until the block, of which `row` rows are filled, has `rowsToFill`. Returns
   * the place after the last complete record, or −1 − the place of one that is not complete.
   */
  parse(from: number, length: number, final: boolean, row: number, rowsToFill: number): number {
    return this.exports.parse(from, length, final ? 1 : 0, row, rowsToFill);
  }

  /** Rows in the block. */
  get rows(): number {
    return this.exports.rows();
  }

  /** How many of the block's cells `from … from + count − 1` are no NaN. */
  countNumbers(from: number, count: number): number {
    return this.exports.countNumbers(from, count);
  }

  private setUp(
    events: KernelEvents,
    fields: number,
    blockRows: number,
    blockCells: number,
    delimiter: number,
    comment: number,
  ): void {
    this.events = events;
    this.fields = fields;
    this.blockRows = blockRows;
    this.blockCells = blockCells;
    this.modesAt = aligned(this.exports.heapBase());
    this.offsetsAt = aligned(this.modesAt + fields);
    this.blockAt = aligned(this.offsetsAt + fields * 4);
    this.boundsAt = aligned(this.blockAt + blockCells * 8);
    const indexAt = aligned(this.boundsAt + blockRows * 8);
    const indexRows = Math.max(1, Math.min(MOST_INDEX_ROWS, Math.floor(INDEX_ENTRIES / (fields + 1))));
    this.inputAt = aligned(indexAt + indexRows * (fields + 1) * 4);
    this.reserve(this.inputAt + BYTES_BEYOND);
    const { inputAt, blockAt, offsetsAt, modesAt, boundsAt } = this;
    this.exports.setUp(inputAt, blockAt, offsetsAt, modesAt, boundsAt, indexAt, indexRows, fields, delimiter, comment);
  }

  private reserve(bytes: number): void {
    const { memory } = this.exports;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  }
}

function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}
