import { ByteReader } from "./byte-reader.js";
import { compressionOf, type Decompress, type JoblibCompression, unpacked } from "./compression.js";
import { invalidPickle, JoblibError } from "./joblib-error.js";
import { MAX_JOBLIB_BYTES } from "./limits.js";
import { cellsOf, checkedContent, fortranAxes, NumpyArray, shapeOf } from "./numpy-array.js";
import { holdsObjects, typeOf } from "./numpy-type.js";
import { PickleContext, readPickle } from "./pickle.js";
import type { PythonObject, PythonValue } from "./python-value.js";

export interface ReadJoblibOptions {
  /** Most bytes of the file, packed or unpacked; default 500,000,000. */
  readonly maxBytes?: number | undefined;
  /** What unpacks files of other kinds than zlib and gzip, such as a library of yours for `bz2` or `xz`. Default: none. */
  readonly decompress?: Partial<Readonly<Record<JoblibCompression, Decompress>>> | undefined;
}

/** A file's content as data. */
export interface JoblibContent {
  readonly value: PythonValue;
  readonly compression: JoblibCompression;
  /** Of the pickle, 0 to 5. */
  readonly protocol: number;
  /** Every class and function that the file names, in the order of their first places. None was looked up. */
  readonly names: readonly string[];
  /** Bytes after the end of the pickle, of which nothing is known. */
  readonly trailingBytes: number;
}

/** The classes of joblib that describe an array whose bytes follow in the file. */
const WRAPPERS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "joblib.numpy_pickle.NumpyArrayWrapper",
  "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
]);

/** Those of joblib before 0.10, whose arrays are in files of their own. */
const OLD_WRAPPERS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  ["joblib", "sklearn.externals.joblib"].flatMap((joblib) =>
    ["NDArrayWrapper", "ZNDArrayWrapper"].flatMap((name) =>
      ["numpy_pickle", "numpy_pickle_compat"].map((module) => `${joblib}.${module}.${name}`),
    ),
  ),
);

/**
 * Reads a file that `joblib.dump` or `pickle.dump` wrote, as data: no code of it is run, no class or function of it is looked
 * up or imported. Arrays stay in the file's bytes, which must not change while they are used.
 *
 * The format: a pickle (protocols 0 to 5), whole or packed; each array's description is followed, in the stream, by a byte
 * that counts the bytes of padding, the padding, and the cells (joblib's `numpy_pickle.py`).
 *
 * @throws JoblibError `invalid-pickle`, `unsupported-pickle`, `unsupported-type`, `unsupported-compression`,
 *   `invalid-compression`, `too-large`.
 */
export async function readJoblib(
  bytes: Uint8Array,
  { maxBytes = MAX_JOBLIB_BYTES, decompress = {} }: ReadJoblibOptions = {},
): Promise<JoblibContent> {
  if (bytes.length > maxBytes) {
    throw new JoblibError("too-large", `The file has ${bytes.length} bytes; the limit is ${maxBytes}.`, {
      limit: maxBytes,
      got: bytes.length,
    });
  }
  const compression = compressionOf(bytes);
  const reader = new ByteReader(await unpacked(bytes, compression, maxBytes, decompress));
  const context = new PickleContext();
  const { value, protocol } = readPickle(reader, context, (object, rest, offset) => {
    if (WRAPPERS.has(object.qualifiedName)) return wrappedArray(object, rest, context, offset);
    if (!OLD_WRAPPERS.has(object.qualifiedName)) return object;
    throw new JoblibError(
      "unsupported-pickle",
      `Byte ${offset}: the arrays are in files beside this one, as joblib before 0.10 wrote them. Write it again with a newer one.`,
      { offset },
    );
  });
  return { value, compression, protocol, names: [...context.names.keys()], trailingBytes: reader.remaining };
}

/** The array that a wrapper describes and whose bytes follow. */
function wrappedArray(wrapper: PythonObject, reader: ByteReader, context: PickleContext, offset: number): NumpyArray {
  const type = typeOf(wrapper.attribute("dtype"), offset);
  if (holdsObjects(type)) {
    // A pickle of its own, in which joblib looks for no further arrays.
    const { value } = readPickle(reader, context);
    if (value instanceof NumpyArray) return value;
    throw invalidPickle(offset, "an array of objects is none");
  }
  // joblib before 1.2 did not align arrays.
  if (typeof wrapper.attribute("numpy_array_alignment_bytes") === "number") reader.take(reader.uint8());
  const shape = shapeOf(wrapper.attribute("shape"), offset);
  const cells = reader.take(cellsOf(shape) * type.itemSize);
  const axes = wrapper.attribute("order") === "F" ? fortranAxes(shape.length) : null;
  return new NumpyArray(checkedContent(type, shape, axes, cells, offset));
}
