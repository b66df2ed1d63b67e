import { beyondLimit, invalidPickle } from "./joblib-error.js";
import { DERIVED_ITEM_BYTES, MAX_DERIVED_BYTES } from "./limits.js";
import { cellValue, checkedContent, fortranAxes, NumpyArray, shapeOf } from "./numpy-array.js";
import { NumpyTypeHolder } from "./numpy-type.js";
import { PythonName, PythonObject, PythonTuple, type PythonValue } from "./python-value.js";
import { latin1Bytes, utf8Bytes } from "./text.js";

/** Makes a value of the arguments of a call, or undefined where they are none that its Python counterpart takes. */
type Constructor = (args: readonly PythonValue[], offset: number) => PythonValue | undefined;

const NUMPY_CONSTRUCTORS: Readonly<Record<string, Constructor>> = {
  "multiarray._reconstruct": () => new NumpyArray(null),
  "multiarray.scalar": numpyScalar,
  "numeric._frombuffer": arrayOfBuffer,
};

/**
 * All that a pickle can have made: values of which Python's library and NumPy make their data. Any other name, whatever it
 * stands for in Python, becomes an inert object.
 */
const CONSTRUCTORS: ReadonlyMap<string, Constructor> = /* @__PURE__ */ new Map<string, Constructor>([
  ["numpy.dtype", ([code], offset) => NumpyTypeHolder.of(code, offset)],
  // Renamed in NumPy 2.
  ...["numpy.core", "numpy._core"].flatMap((module) =>
    Object.entries(NUMPY_CONSTRUCTORS).map(([name, make]): [string, Constructor] => [`${module}.${name}`, make]),
  ),
  ...["copyreg", "copy_reg"].map((module): [string, Constructor] => [`${module}._reconstructor`, reconstructed]),
  ["_codecs.encode", encodedText],
  ["collections.OrderedDict", ([pairs]) => dictOf(pairs)],
  ["collections.defaultdict", ([, pairs]) => dictOf(pairs)],
  ...["builtins", "__builtin__"].flatMap((module): [string, Constructor][] => [
    [`${module}.set`, setOf],
    [`${module}.frozenset`, setOf],
    [`${module}.bytes`, bytesOf],
    [`${module}.bytearray`, bytesOf],
  ]),
]);

/** Makes the values that files ask for, within bounds. */
export class Constructors {
  private derived = 0;

  /** What calling a name gives: a value of the table above, or an inert object. @throws JoblibError. */
  call(name: string, args: readonly PythonValue[], offset: number): PythonValue {
    const make = CONSTRUCTORS.get(name);
    if (make === undefined) return new PythonObject(name, args, true);
    this.charge(args, offset);
    const made = make(args, offset);
    if (made === undefined) throw invalidPickle(offset, `${name} is called with arguments that it does not take`);
    return made;
  }

  /**
   * What is made is not larger than what it is made of; but the same values may be given many times.
   *
   * @throws JoblibError `too-large`.
   */
  charge(values: readonly PythonValue[], offset: number): void {
    for (const value of values) this.derived += sizeOf(value);
    if (this.derived > MAX_DERIVED_BYTES) throw beyondLimit(offset, "bytes made of others", MAX_DERIVED_BYTES);
  }
}

function sizeOf(value: PythonValue): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length;
  if (value instanceof Map) return value.size * DERIVED_ITEM_BYTES;
  const items = value instanceof PythonTuple ? value.items : Array.isArray(value) ? value : [];
  return items.length * DERIVED_ITEM_BYTES;
}

function numpyScalar([holder, raw]: readonly PythonValue[], offset: number): PythonValue | undefined {
  if (!(holder instanceof NumpyTypeHolder)) return undefined;
  const type = holder.current;
  if (type.kind === "O") return raw;
  // Python 2 kept bytes in texts.
  const bytes = typeof raw === "string" ? latin1Bytes(raw) : raw;
  if (!(bytes instanceof Uint8Array)) return undefined;
  checkedContent(type, [], null, bytes, offset);
  return cellValue(type, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
}

/** How NumPy writes arrays from protocol 5 on: in C or Fortran order, or with the order that their axes have in memory. */
function arrayOfBuffer(
  [buffer, holder, shape, order, places]: readonly PythonValue[],
  offset: number,
): NumpyArray | undefined {
  if (!(buffer instanceof Uint8Array) || !(holder instanceof NumpyTypeHolder)) return undefined;
  const given = shapeOf(shape, offset);
  const make = (own: readonly number[], axes: readonly number[] | null): NumpyArray =>
    new NumpyArray(checkedContent(holder.current, own, axes, buffer, offset));
  if (order === "C") return make(given, null);
  if (order === "F") return make(given, fortranAxes(given.length));
  const axes = places instanceof PythonTuple ? places.items.map(Number) : [];
  const isOrder = axes.length === given.length && given.every((_, axis) => axes.includes(axis));
  // The shape is that in memory.
  return order === "K" && isOrder
    ? make(
        axes.map((axis) => given[axis]!),
        axes,
      )
    : undefined;
}

/** How protocols before 2 make objects: of a class, its built-in base, and what that holds. */
function reconstructed([type, , content]: readonly PythonValue[]): PythonObject | undefined {
  if (!(type instanceof PythonName)) return undefined;
  const object = new PythonObject(type.qualifiedName, content === null || content === undefined ? [] : [content]);
  if (Array.isArray(content)) object.items = [...content];
  if (content instanceof Map) object.entries = new Map(content);
  return object;
}

/** How protocols before 3 write bytes. */
function encodedText([text, encoding]: readonly PythonValue[]): Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  if (encoding === "latin1" || encoding === "latin-1") return latin1Bytes(text) ?? undefined;
  return encoding === "utf-8" || encoding === "utf8" ? utf8Bytes(text) : undefined;
}

function dictOf(pairs: PythonValue | undefined): Map<PythonValue, PythonValue> | undefined {
  if (pairs === undefined) return new Map();
  if (pairs instanceof Map) return new Map(pairs);
  if (!Array.isArray(pairs)) return undefined;
  const dict = new Map<PythonValue, PythonValue>();
  for (const pair of pairs) {
    const [key, value] = pair instanceof PythonTuple ? pair.items : Array.isArray(pair) ? pair : [];
    if (key === undefined || value === undefined) return undefined;
    dict.set(key, value);
  }
  return dict;
}

function setOf([items]: readonly PythonValue[]): Set<PythonValue> | undefined {
  if (items === undefined) return new Set();
  if (Array.isArray(items)) return new Set(items);
  return items instanceof PythonTuple ? new Set(items.items) : undefined;
}

function bytesOf([value, encoding]: readonly PythonValue[]): Uint8Array | undefined {
  if (value === undefined) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? encodedText([value, encoding ?? null]) : undefined;
}
