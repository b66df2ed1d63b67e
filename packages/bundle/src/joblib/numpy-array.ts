import { beyondLimit, invalidPickle, JoblibError } from "./joblib-error.js";
import { MAX_AXES, MAX_CELLS, MAX_EMPTY_CELLS } from "./limits.js";
import { holdsObjects, type NumpyType, typeOf } from "./numpy-type.js";
import { PythonTuple, type PythonValue } from "./python-value.js";
import { latin1Bytes } from "./text.js";

const FLOAT64: NumpyType = { kind: "f", itemSize: 8, isLittleEndian: true, fields: null, isSubarray: false };

/** What an array is made of. */
export interface ArrayContent {
  readonly type: NumpyType;
  readonly shape: readonly number[];
  /** The place of each axis in memory, where the last one's cells follow each other; null where that is the order of the shape (C). */
  readonly axes: readonly number[] | null;
  /** The bytes of all cells, or the cells themselves where they are objects. */
  readonly cells: Uint8Array | readonly PythonValue[];
}

/** A NumPy array. Its cells stay the bytes of the file until they are asked for. */
export class NumpyArray {
  private content: ArrayContent | null;

  /** @internal An array without content is completed by its state. */
  constructor(content: ArrayContent | null) {
    this.content = content;
  }

  get type(): NumpyType {
    return this.content?.type ?? FLOAT64;
  }

  get shape(): readonly number[] {
    return this.content?.shape ?? [0];
  }

  /** Number of cells. */
  get size(): number {
    return cellsOf(this.shape);
  }

  /**
   * The cells as numbers, in C order (the last axis runs fastest), whatever the order and byte order of the file.
   *
   * @throws JoblibError `unsupported-type` where they are not bool, integer or float of at most 64 bits.
   */
  numbers(): Float64Array {
    const { type } = this;
    const read = numberReader(type);
    if (read === null)
      throw new JoblibError("unsupported-type", `An array of the type ${typeText(type)} does not hold plain numbers.`);
    const { view, place } = this.access();
    const values = new Float64Array(this.size);
    for (let cell = 0; cell < values.length; cell++) values[cell] = read(view, place(cell) * type.itemSize);
    return values;
  }

  /** The cells as values, in C order; rows of a structured type are dicts, or tuples where they hold objects. @throws JoblibError `unsupported-type`. */
  values(): PythonValue[] {
    const { type } = this;
    const cells = this.content?.cells ?? [];
    const { view, place } = this.access();
    if (!(cells instanceof Uint8Array)) return Array.from({ length: this.size }, (_, cell) => cells[place(cell)]!);
    return Array.from({ length: this.size }, (_, cell) => cellValue(type, view, place(cell) * type.itemSize));
  }

  /** One field of a structured type, as numbers. @throws JoblibError `unsupported-type`. Undefined where there is none. */
  fieldNumbers(name: string): Float64Array | undefined {
    const field = this.type.fields?.get(name);
    if (field === undefined) return undefined;
    const read = numberReader(field.type);
    if (read === null)
      throw new JoblibError(
        "unsupported-type",
        `A field of the type ${typeText(field.type)} does not hold plain numbers.`,
      );
    const { view, place } = this.access();
    const values = new Float64Array(this.size);
    for (let cell = 0; cell < values.length; cell++)
      values[cell] = read(view, place(cell) * this.type.itemSize + field.offset);
    return values;
  }

  /** Completes an array by its state: version, shape, type, whether Fortran, cells. @internal */
  build(state: PythonValue, offset: number): void {
    if (this.content !== null) throw invalidPickle(offset, "an array has two states");
    const items = state instanceof PythonTuple ? state.items.slice(-4) : [];
    const [shape, holder, isFortran, raw] = items;
    const type = typeOf(holder, offset);
    // Python 2 kept bytes in texts.
    const cells = typeof raw === "string" ? latin1Bytes(raw) : raw;
    if (!(cells instanceof Uint8Array) && !Array.isArray(cells)) throw invalidPickle(offset, "an array has no cells");
    const own = shapeOf(shape, offset);
    this.content = checkedContent(type, own, isFortran === true ? fortranAxes(own.length) : null, cells, offset);
  }

  private access(): { view: DataView; place: (cell: number) => number } {
    const cells = this.content?.cells;
    const bytes = cells instanceof Uint8Array ? cells : new Uint8Array(0);
    return {
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
      place: placeOf(this.shape, this.content?.axes ?? null),
    };
  }
}

/** @throws JoblibError `invalid-pickle` unless there are as many cells as the shape has. */
export function checkedContent(
  type: NumpyType,
  shape: readonly number[],
  axes: readonly number[] | null,
  cells: Uint8Array | readonly PythonValue[],
  offset: number,
): ArrayContent {
  const count = cellsOf(shape);
  if (type.itemSize === 0 && count > MAX_EMPTY_CELLS) throw beyondLimit(offset, "cells without bytes", MAX_EMPTY_CELLS);
  const isObjects = holdsObjects(type);
  if (isObjects === cells instanceof Uint8Array || cells.length !== (isObjects ? count : count * type.itemSize))
    throw invalidPickle(offset, `an array of ${count} cells of ${typeText(type)} does not have their bytes`);
  return { type, shape, axes, cells };
}

/** The axes of a shape. @throws JoblibError `invalid-pickle`. */
export function shapeOf(shape: PythonValue | undefined, offset: number): number[] {
  const axes = shape instanceof PythonTuple ? shape.items : Number.isInteger(shape) ? [shape!] : [null];
  const isAxis = (axis: PythonValue): axis is number => Number.isInteger(axis) && (axis as number) >= 0;
  if (axes.length > MAX_AXES || !axes.every(isAxis) || !(cellsOf(axes) <= MAX_CELLS))
    throw invalidPickle(offset, "an array has no valid shape");
  return [...axes];
}

export function cellsOf(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

/** The axes of an array whose first axis runs fastest (Fortran). */
export function fortranAxes(count: number): number[] {
  return Array.from({ length: count }, (_, axis) => count - 1 - axis);
}

/** Where in memory the cell of a place in C order is. */
function placeOf(shape: readonly number[], axes: readonly number[] | null): (cell: number) => number {
  if (axes === null || shape.length < 2) return (cell) => cell;
  // Cells between neighbours along each axis: the product of the lengths of all axes that come later in memory.
  const strides = axes.map((own) =>
    shape.reduce((product, length, axis) => (axes[axis]! > own ? product * length : product), 1),
  );
  return (cell) => {
    let place = 0;
    let rest = cell;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return place;
  };
}

type ReadNumber = (view: DataView, at: number) => number;

/** How a cell of a type is read as a number; null where it is none. 64-bit integers beyond 2^53 are rounded. */
function numberReader({ kind, itemSize, isLittleEndian, isSubarray }: NumpyType): ReadNumber | null {
  if (isSubarray) return null;
  switch (`${kind}${itemSize}`) {
    case "b1":
      return (view, at) => (view.getUint8(at) === 0 ? 0 : 1);
    case "i1":
      return (view, at) => view.getInt8(at);
    case "i2":
      return (view, at) => view.getInt16(at, isLittleEndian);
    case "i4":
      return (view, at) => view.getInt32(at, isLittleEndian);
    case "i8":
      return (view, at) => Number(view.getBigInt64(at, isLittleEndian));
    case "u1":
      return (view, at) => view.getUint8(at);
    case "u2":
      return (view, at) => view.getUint16(at, isLittleEndian);
    case "u4":
      return (view, at) => view.getUint32(at, isLittleEndian);
    case "u8":
      return (view, at) => Number(view.getBigUint64(at, isLittleEndian));
    case "f2":
      return (view, at) => halfFloat(view.getUint16(at, isLittleEndian));
    case "f4":
      return (view, at) => view.getFloat32(at, isLittleEndian);
    case "f8":
      return (view, at) => view.getFloat64(at, isLittleEndian);
    default:
      return null;
  }
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // 2^-24 is the step of the subnormal ones, and of those with exponent 1.
  if (exponent === 0) return (sign * fraction) / 0x100_0000;
  return (sign * (fraction + 0x400) * (1 << (exponent - 1))) / 0x100_0000;
}

/** The value of one cell. @throws JoblibError `unsupported-type`. */
export function cellValue(type: NumpyType, view: DataView, at: number): PythonValue {
  if (type.fields !== null) {
    return new Map(
      [...type.fields].map(([name, field]): [PythonValue, PythonValue] => [
        name,
        cellValue(field.type, view, at + field.offset),
      ]),
    );
  }
  const { kind, itemSize, isLittleEndian, isSubarray } = type;
  if (!isSubarray) {
    if (kind === "b") return view.getUint8(at) !== 0;
    if (kind === "i" && itemSize === 8) return exactInteger(view.getBigInt64(at, isLittleEndian));
    if (kind === "u" && itemSize === 8) return exactInteger(view.getBigUint64(at, isLittleEndian));
    if (kind === "M" || kind === "m") return exactInteger(view.getBigInt64(at, isLittleEndian));
    if (kind === "U") return unicodeText(view, at, itemSize, isLittleEndian);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, itemSize);
    if (kind === "S") return bytes.subarray(0, lengthWithoutZeros(bytes));
    if (kind === "V") return bytes;
    const read = numberReader(type);
    if (read !== null) return read(view, at);
  }
  throw new JoblibError("unsupported-type", `Cells of the type ${typeText(type)} cannot be read.`);
}

/** An integer as a number where that is exact. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** UCS-4, filled up with zeros. What is no character becomes U+FFFD. */
function unicodeText(view: DataView, at: number, itemSize: number, isLittleEndian: boolean): string {
  let text = "";
  let zeros = 0;
  for (let place = at; place + 4 <= at + itemSize; place += 4) {
    const code = view.getUint32(place, isLittleEndian);
    if (code === 0) zeros++;
    else {
      text += "\0".repeat(zeros) + String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
      zeros = 0;
    }
  }
  return text;
}

function lengthWithoutZeros(bytes: Uint8Array): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length;
}

export function typeText({ kind, itemSize, isLittleEndian, fields, isSubarray }: NumpyType): string {
  if (fields !== null || isSubarray) return "structures";
  return `${isLittleEndian ? "<" : ">"}${kind}${kind === "U" ? itemSize / 4 : itemSize}`;
}
