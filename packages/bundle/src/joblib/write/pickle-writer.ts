import { ByteSink } from "../../byte-sink.js";
import { JoblibError, shownName } from "../joblib-error.js";
import { utf8Bytes } from "../text.js";
import {
  type CellType,
  OBJECTS,
  PythonFloat,
  type Writable,
  WritableArray,
  WritableObject,
  WritableTuple,
} from "./values.js";

/** The protocol that is written: every Python from 3.4 on reads it. */
const PROTOCOL = 4;

/** Most items between two marks, as Python's own pickler has it. */
const BATCH = 1000;

/** Opcodes by the names of Python's `pickletools`. */
const OP = {
  PROTO: 0x80,
  STOP: 0x2e,
  NONE: 0x4e,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  LONG1: 0x8a,
  BINFLOAT: 0x47,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE: 0x58,
  SHORT_BINBYTES: 0x43,
  BINBYTES: 0x42,
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  TUPLE: 0x74,
  EMPTY_LIST: 0x5d,
  APPENDS: 0x65,
  EMPTY_DICT: 0x7d,
  SETITEMS: 0x75,
  STACK_GLOBAL: 0x93,
  NEWOBJ: 0x81,
  REDUCE: 0x52,
  BUILD: 0x62,
  MEMOIZE: 0x94,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
} as const;

/**
 * What `pickle.dump` would write of a value, in protocol 4: the same value gives the same bytes. Arrays are written as NumPy
 * pickles them, within the stream: `joblib.load` of every version reads that, as does `pickle.load`, whereas the layout that
 * `joblib.dump` has for arrays changed with joblib 1.2. They are called by the name that they had before NumPy 2, which every
 * version knows.
 *
 * Format: Python's `pickletools.py`, and PEP 3154.
 *
 * @throws JoblibError `unsupported-name` for a text with half a surrogate pair, `too-large`.
 */
export function pickled(value: Writable): Uint8Array {
  const writer = new PickleWriter();
  writer.begin();
  writer.write(value);
  return writer.finish();
}

class PickleWriter {
  private readonly sink = new ByteSink();
  /** Places in the memo: of arrays and objects, and by keys of texts, names and types. */
  private readonly memo = new Map<unknown, number>();
  private remembered = 0;

  begin(): void {
    this.op("PROTO");
    this.sink.uint8(PROTOCOL);
  }

  finish(): Uint8Array {
    this.op("STOP");
    return this.sink.finish();
  }

  write(value: Writable): void {
    if (value === null) this.op("NONE");
    else if (value === true) this.op("NEWTRUE");
    else if (value === false) this.op("NEWFALSE");
    else if (typeof value === "number") this.number(value);
    else if (typeof value === "string") this.text(value);
    else if (value instanceof PythonFloat) this.float(value.value);
    else if (value instanceof Uint8Array) this.bytes(value);
    else if (value instanceof WritableTuple) this.tuple(value.items);
    else if (value instanceof Map) this.dict(value);
    else if (value instanceof WritableArray) this.once(value, () => this.array(value));
    else if (value instanceof WritableObject) this.once(value, () => this.object(value));
    else this.list(value as readonly Writable[]);
  }

  private op(name: keyof typeof OP): void {
    this.sink.uint8(OP[name]);
  }

  private number(value: number): void {
    if (Number.isSafeInteger(value)) this.integer(value);
    else this.float(value);
  }

  private integer(value: number): void {
    if (value >= 0 && value <= 0xff) {
      this.op("BININT1");
      this.sink.uint8(value);
    } else if (value >= 0 && value <= 0xffff) {
      this.op("BININT2");
      this.sink.uint16(value);
    } else if (value >= -0x8000_0000 && value <= 0x7fff_ffff) {
      this.op("BININT");
      this.sink.int32(value);
    } else {
      // Two's complement of eight bytes, more than which a safe integer does not need.
      const cells = new DataView(new ArrayBuffer(8));
      cells.setBigInt64(0, BigInt(value), true);
      this.op("LONG1");
      this.sink.uint8(8);
      this.sink.bytes(new Uint8Array(cells.buffer));
    }
  }

  private float(value: number): void {
    this.op("BINFLOAT");
    this.sink.float64(value);
  }

  private text(text: string): void {
    this.once(`text ${text}`, () => {
      if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text))
        throw new JoblibError(
          "unsupported-name",
          `The text ${shownName(text)} holds half of a surrogate pair, which no file in UTF-8 can. Rename the column, class or category.`,
        );
      const bytes = utf8Bytes(text);
      this.sized(bytes, "SHORT_BINUNICODE", "BINUNICODE");
    });
  }

  private bytes(bytes: Uint8Array): void {
    this.sized(bytes, "SHORT_BINBYTES", "BINBYTES");
  }

  private sized(bytes: Uint8Array, short: keyof typeof OP, long: keyof typeof OP): void {
    if (bytes.length <= 0xff) {
      this.op(short);
      this.sink.uint8(bytes.length);
    } else {
      if (bytes.length > 0x7fff_ffff)
        throw new JoblibError("too-large", `An array of ${bytes.length} bytes is larger than a pickle's can be.`);
      this.op(long);
      this.sink.int32(bytes.length);
    }
    this.sink.bytes(bytes);
  }

  private list(items: readonly Writable[]): void {
    this.op("EMPTY_LIST");
    this.batches(items, "APPENDS", (item) => this.write(item));
  }

  private dict(entries: ReadonlyMap<string | number, Writable>): void {
    this.op("EMPTY_DICT");
    this.batches([...entries], "SETITEMS", ([key, value]) => {
      this.write(key);
      this.write(value);
    });
  }

  private batches<T>(items: readonly T[], end: keyof typeof OP, write: (item: T) => void): void {
    for (let from = 0; from < items.length; from += BATCH) {
      this.op("MARK");
      for (const item of items.slice(from, from + BATCH)) write(item);
      this.op(end);
    }
  }

  private tuple(items: readonly Writable[]): void {
    if (items.length > 3) this.op("MARK");
    for (const item of items) this.write(item);
    this.op((["EMPTY_TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"] as const)[items.length] ?? "TUPLE");
  }

  private object({ qualifiedName, args, state }: WritableObject): void {
    this.name(qualifiedName);
    this.tuple(args ?? []);
    this.op(args === null ? "NEWOBJ" : "REDUCE");
    this.write(state);
    this.op("BUILD");
  }

  private array({ type, shape, cells }: WritableArray): void {
    this.name("numpy.core.multiarray._reconstruct");
    // An array of no cells, whose state is given then: version, shape, type, whether Fortran, cells.
    this.name("numpy.ndarray");
    this.tuple([0]);
    this.bytes(Uint8Array.of(0x62));
    this.op("TUPLE3");
    this.op("REDUCE");
    this.op("MARK");
    this.write(1);
    this.tuple(shape);
    this.cellType(type);
    this.write(false);
    this.write(cells);
    this.op("TUPLE");
    this.op("BUILD");
  }

  private cellType({ kind, itemSize, fields }: CellType): void {
    const code = `${kind}${itemSize}`;
    this.once(`type ${code}`, () => {
      this.name("numpy.dtype");
      this.tuple([code, false, true]);
      this.op("REDUCE");
      const isStructure = fields.length > 0;
      const order = itemSize === 1 || isStructure || kind === OBJECTS.kind ? "|" : "<";
      this.op("MARK");
      for (const part of [3, order, null]) this.write(part);
      if (isStructure) this.fields(fields);
      else this.each([null, null]);
      // Size, alignment, and flags: 16 is that of structures that are aligned, 63 those of references to objects.
      const rest = isStructure ? [itemSize, 1, 16] : [-1, -1, kind === OBJECTS.kind ? 63 : 0];
      this.each(rest);
      this.op("TUPLE");
      this.op("BUILD");
    });
  }

  private fields(fields: CellType["fields"]): void {
    this.tuple(fields.map(({ name }) => name));
    this.op("EMPTY_DICT");
    this.batches(fields, "SETITEMS", ({ name, type, offset }) => {
      this.write(name);
      this.cellType(type);
      this.write(offset);
      this.op("TUPLE2");
    });
  }

  /** Values one after another, of a tuple that is being written. */
  private each(values: readonly Writable[]): void {
    for (const value of values) this.write(value);
  }

  /** A class or function by its name, as which all but the first time it is written by its place in the memo. */
  private name(qualifiedName: string): void {
    this.once(`name ${qualifiedName}`, () => {
      const dot = qualifiedName.lastIndexOf(".");
      this.text(qualifiedName.slice(0, dot));
      this.text(qualifiedName.slice(dot + 1));
      this.op("STACK_GLOBAL");
    });
  }

  /** Writes something the first time, and a reference to it each other time. */
  private once(key: unknown, write: () => void): void {
    const place = this.memo.get(key);
    if (place === undefined) {
      write();
      this.op("MEMOIZE");
      this.memo.set(key, this.remembered++);
    } else if (place <= 0xff) {
      this.op("BINGET");
      this.sink.uint8(place);
    } else {
      this.op("LONG_BINGET");
      this.sink.int32(place);
    }
  }
}
