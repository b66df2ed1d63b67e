import type { NumpyKind } from "../numpy-type.js";

/**
 * A value as the pickle writer takes it. A number without a fraction is written as an int, any other as a float; a whole
 * number that shall be a float is a `PythonFloat`.
 */
export type Writable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PythonFloat
  | readonly Writable[]
  | WritableTuple
  | ReadonlyMap<string | number, Writable>
  | WritableArray
  | WritableObject;

/** A float, also where it is whole. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

/** A tuple. */
export class WritableTuple {
  constructor(readonly items: readonly Writable[]) {}
}

/** A field of a structured array type. */
export interface WritableField {
  readonly name: string;
  readonly type: CellType;
  /** Bytes from the beginning of a cell. */
  readonly offset: number;
}

/** The type of an array's cells, little-endian. */
export interface CellType {
  readonly kind: NumpyKind;
  readonly itemSize: number;
  /** Of a structured type; empty for any other. */
  readonly fields: readonly WritableField[];
}

function plain(kind: NumpyKind, itemSize: number): CellType {
  return { kind, itemSize, fields: [] };
}

export const FLOAT64: CellType = /* @__PURE__ */ plain("f", 8);
export const FLOAT32: CellType = /* @__PURE__ */ plain("f", 4);
export const INT64: CellType = /* @__PURE__ */ plain("i", 8);
export const INT32: CellType = /* @__PURE__ */ plain("i", 4);
export const UINT8: CellType = /* @__PURE__ */ plain("u", 1);
export const OBJECTS: CellType = /* @__PURE__ */ plain("O", 8);

/** A NumPy array in C order: the bytes of its cells, or, of objects, the cells themselves. One that is used twice is written once. */
export class WritableArray {
  constructor(
    readonly type: CellType,
    readonly shape: readonly number[],
    readonly cells: Uint8Array | readonly string[],
  ) {}
}

/** An object: of a class and its state, or, with `args`, what calling a class with them gives, and its state. */
export class WritableObject {
  constructor(
    /** Module and name, for example `sklearn.tree._classes.DecisionTreeClassifier`. */
    readonly qualifiedName: string,
    readonly state: Writable,
    readonly args: readonly Writable[] | null = null,
  ) {}
}

/** A dict of named parts. Parts that are undefined are left out. */
export function dict(parts: Readonly<Record<string, Writable | undefined>>): ReadonlyMap<string, Writable> {
  return new Map(Object.entries(parts).filter((part): part is [string, Writable] => part[1] !== undefined));
}

/** One axis of texts, as of labels and names: an array of objects, which keeps texts of any length as they are. */
export function textArray(texts: readonly string[]): WritableArray {
  return new WritableArray(OBJECTS, [texts.length], texts);
}

/** One axis of 64-bit integers. */
export function int64Array(values: readonly number[]): WritableArray {
  const cells = new DataView(new ArrayBuffer(8 * values.length));
  for (const [place, value] of values.entries()) cells.setBigInt64(8 * place, BigInt(value), true);
  return new WritableArray(INT64, [values.length], new Uint8Array(cells.buffer));
}

/** Numbers with their own type, in the given shape; default one axis. */
export function numberArray(
  values: Float64Array | Float32Array | Int32Array,
  shape: readonly number[] = [values.length],
): WritableArray {
  const type = values instanceof Float64Array ? FLOAT64 : values instanceof Float32Array ? FLOAT32 : INT32;
  return new WritableArray(type, shape, littleEndian(values));
}

function littleEndian(values: Float64Array | Float32Array | Int32Array): Uint8Array {
  const cells = new DataView(new ArrayBuffer(values.byteLength));
  for (let place = 0; place < values.length; place++) {
    const value = values[place]!;
    if (values instanceof Float64Array) cells.setFloat64(8 * place, value, true);
    else if (values instanceof Float32Array) cells.setFloat32(4 * place, value, true);
    else cells.setInt32(4 * place, value, true);
  }
  return new Uint8Array(cells.buffer);
}
