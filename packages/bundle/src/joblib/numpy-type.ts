import { invalidPickle, JoblibError, shownName } from "./joblib-error.js";
import { MAX_FIELDS } from "./limits.js";
import { PythonObject, PythonTuple, type PythonValue } from "./python-value.js";

/**
 * Kinds of cell, by NumPy's letters: bool, signed and unsigned integer, float, complex, bytes, text, raw or structured,
 * object, date, span of time.
 */
export type NumpyKind = "b" | "i" | "u" | "f" | "c" | "S" | "U" | "V" | "O" | "M" | "m";

/** The type of an array's cells. */
export interface NumpyType {
  readonly kind: NumpyKind;
  /** Bytes of a cell. */
  readonly itemSize: number;
  readonly isLittleEndian: boolean;
  /** Of a structured type its fields, by name; null for others. */
  readonly fields: ReadonlyMap<string, NumpyField> | null;
  /** Whether a cell is itself an array. */
  readonly isSubarray: boolean;
}

export interface NumpyField {
  readonly type: NumpyType;
  /** Bytes from the beginning of a cell. */
  readonly offset: number;
}

const SIZES: Readonly<Record<NumpyKind, readonly number[] | null>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8, 12, 16],
  c: [8, 16, 24, 32],
  M: [8],
  m: [8],
  O: [4, 8],
  S: null,
  U: null,
  V: null,
};

/** Most bytes of a cell: records are shorter, texts too. */
const MAX_ITEM_SIZE = 1 << 24;

/** What `numpy.dtype` was called with, to be completed by its state. What has been used is never changed. */
export class NumpyTypeHolder {
  private complete = false;

  private constructor(private type: NumpyType) {}

  get current(): NumpyType {
    return this.type;
  }

  /** @param code such as `f8`. @throws JoblibError `unsupported-type`. */
  static of(code: PythonValue | undefined, offset: number): NumpyTypeHolder {
    const [, order, letter, digits] = /^([<>=|]?)([biufcSUVOMm])(\d{0,9})$/.exec(String(code)) ?? [];
    if (typeof code !== "string" || letter === undefined) {
      const shown = typeof code === "string" ? shownName(code) : "no text";
      throw new JoblibError("unsupported-type", `Byte ${offset}: the array type ${shown} is not known.`, { offset });
    }
    const kind = letter as NumpyKind;
    const size = Number(digits === "" ? (SIZES[kind]?.at(-1) ?? 0) : digits) * (kind === "U" ? 4 : 1);
    if (!(SIZES[kind]?.includes(size) ?? size <= MAX_ITEM_SIZE))
      throw invalidPickle(offset, `no array type is called ${shownName(code)}`);
    return new NumpyTypeHolder({
      kind,
      itemSize: size,
      isLittleEndian: order !== ">",
      fields: null,
      isSubarray: false,
    });
  }

  /**
   * Completes the type by its state: version, byte order, subarray, names, fields, size, alignment, flags.
   *
   * @throws JoblibError `invalid-pickle`.
   */
  build(state: PythonValue, offset: number): void {
    if (this.complete) throw invalidPickle(offset, "an array type has two states");
    if (!(state instanceof PythonTuple) || state.items.length < 7)
      throw invalidPickle(offset, "an array type has a state that is none");
    const [, order, subarray, names, fields, size] = state.items;
    const { kind } = this.type;
    const itemSize =
      kind === "V" || kind === "S" || kind === "U" ? sizeOf(size, this.type.itemSize, offset) : this.type.itemSize;
    const made = fields instanceof Map ? fieldsOf(fields, names, itemSize, offset) : null;
    if (made !== null && kind !== "V") throw invalidPickle(offset, "an array type has fields and is no structure");
    this.type = {
      kind,
      itemSize,
      isLittleEndian: order !== ">",
      fields: made,
      isSubarray: subarray !== null && subarray !== undefined,
    };
    this.complete = true;
  }
}

function sizeOf(size: PythonValue | undefined, otherwise: number, offset: number): number {
  if (size === -1 || size === null) return otherwise;
  if (typeof size === "number" && Number.isInteger(size) && size >= 0 && size <= MAX_ITEM_SIZE) return size;
  throw invalidPickle(offset, "an array type has no valid size");
}

function fieldsOf(
  fields: ReadonlyMap<PythonValue, PythonValue>,
  names: PythonValue | undefined,
  itemSize: number,
  offset: number,
): Map<string, NumpyField> {
  if (!(names instanceof PythonTuple) || names.items.length > MAX_FIELDS)
    throw invalidPickle(offset, "a structured array type has no valid names");
  const made = names.items.map((name): [string, NumpyField] => {
    const field = fields.get(name);
    const [holder, at] = field instanceof PythonTuple ? field.items : [];
    if (typeof name !== "string" || !(holder instanceof NumpyTypeHolder) || typeof at !== "number")
      throw invalidPickle(offset, "a structured array type has a field that is none");
    const type = holder.current;
    if (!Number.isInteger(at) || at < 0 || at + type.itemSize > itemSize)
      throw invalidPickle(offset, `the field ${shownName(name)} lies outside of its structure`);
    return [name, { type, offset: at }];
  });
  const byName = new Map(made);
  // Fields may overlap, and have one type many times within each other: what counts is how many values a cell has.
  if (byName.size !== made.length || valuesOf(byName) > MAX_FIELDS)
    throw invalidPickle(offset, "a structured array type has a name twice, or too many fields");
  return byName;
}

function valuesOf(fields: ReadonlyMap<string, NumpyField>): number {
  let count = 1;
  for (const { type } of fields.values()) count += type.fields === null ? 1 : valuesOf(type.fields);
  return count;
}

/** Whether cells are references to Python's objects, which a pickle holds in place of their bytes. */
export function holdsObjects({ kind, fields }: NumpyType): boolean {
  return kind === "O" || (fields !== null && [...fields.values()].some(({ type }) => holdsObjects(type)));
}

const OBJECTS: NumpyType = { kind: "O", itemSize: 8, isLittleEndian: true, fields: null, isSubarray: false };

/**
 * The type of an array. Types that have a class of their own, such as NumPy 2's texts of any length, are inert objects here,
 * and their arrays are of objects.
 */
export function typeOf(holder: PythonValue | undefined, offset: number): NumpyType {
  if (holder instanceof NumpyTypeHolder) return holder.current;
  if (holder instanceof PythonObject) return OBJECTS;
  throw invalidPickle(offset, "an array has no type");
}
