import { invalidKeras, KerasError, shown, tooLarge } from "./keras-error.js";
import { MAX_CONFIG_LAYERS } from "./limits.js";

type H5wasm = typeof import("h5wasm");
type Library = Awaited<H5wasm["ready"]>;
type Group = import("h5wasm").Group;
type Dataset = import("h5wasm").Dataset;

/** HDF5's class of floating-point numbers (H5T_FLOAT). */
const FLOAT = 1;
/** HDF5's class of texts (H5T_STRING). */
const TEXT = 3;

/** @throws KerasError `missing-peer`. */
export async function loadH5wasm(): Promise<H5wasm> {
  try {
    return await import("h5wasm");
  } catch (cause) {
    throw new KerasError(
      "missing-peer",
      "Files of Keras need the package h5wasm, an optional peer of @mlsec/bundle. Install it: npm install h5wasm",
      { package: "h5wasm" },
      { cause },
    );
  }
}

/**
 * Opens HDF5 bytes for as long as `use` works. They are a file in the memory of HDF5's WebAssembly, which has none of the
 * machine's files: links lead to nothing but what the program itself has put there.
 *
 * @throws KerasError `missing-peer`, `invalid-keras`.
 */
export async function withHdf5<T>(bytes: Uint8Array, use: (file: Hdf5File) => T): Promise<T> {
  const h5 = await loadH5wasm();
  const library = await h5.ready;
  const { FS } = library;
  const path = "/keras.h5";
  let open: InstanceType<H5wasm["File"]> | null = null;
  try {
    FS.writeFile(path, bytes);
    open = new h5.File(path, "r");
    // What cannot be opened gets a number below 0 in place of an identifier.
    if (open.file_id < 0n) throw invalidKeras("The HDF5 file is damaged, cut short, or none.");
    return use(new Hdf5File(h5, library, open));
  } catch (cause) {
    if (cause instanceof KerasError) throw cause;
    // The library throws errors of its own, and what WebAssembly does.
    throw invalidKeras("The HDF5 file is damaged, or none.", {}, cause);
  } finally {
    try {
      open?.close();
      FS.unlink(path);
    } catch {
      // Of a file that could not be opened, or after HDF5 has given up, nothing is left to close.
    }
  }
}

/** Groups, texts and numbers of an HDF5 file, each checked before it is read. */
export class Hdf5File {
  constructor(
    private readonly h5: H5wasm,
    private readonly library: Library,
    private readonly root: Group,
  ) {}

  isGroup(path: string): boolean {
    return this.entity(path) instanceof this.h5.Group;
  }

  /** Names in a group; null where there is none. */
  names(path: string): readonly string[] | null {
    const group = this.entity(path);
    return group instanceof this.h5.Group ? (group as Group).keys().slice(0, MAX_CONFIG_LAYERS) : null;
  }

  /** A group's attribute that is one text; null where there is none. */
  text(path: string, name: string, maxLength: number): string | null {
    const value = this.attribute(path, name, maxLength);
    if (value === null) return null;
    if (typeof value !== "string") throw invalidKeras(`The attribute ${name} of ${shown(path)} is no text.`);
    if (value.length > maxLength) throw tooLarge(`The attribute ${name} has ${value.length} characters`, maxLength);
    return value;
  }

  /** A group's attribute that is a list of texts; null where there is none. */
  texts(path: string, name: string): readonly string[] | null {
    const value = this.attribute(path, name, MAX_CONFIG_LAYERS * 4096);
    if (value === null) return null;
    // Keras writes an empty list as one of no numbers.
    const list = ArrayBuffer.isView(value) && value.byteLength === 0 ? [] : value;
    if (!Array.isArray(list) || !list.every((item) => typeof item === "string"))
      throw invalidKeras(`The attribute ${name} of ${shown(path)} is no list of texts.`);
    if (list.length > MAX_CONFIG_LAYERS)
      throw tooLarge(`The attribute ${name} has ${list.length} names`, MAX_CONFIG_LAYERS);
    return list;
  }

  /**
   * The numbers of a dataset of exactly this shape, row-major, rounded to float32.
   *
   * @throws KerasError `invalid-keras`.
   */
  numbers(path: string, shape: readonly number[], layer: string): Float32Array {
    const entity = this.entity(path);
    if (!(entity instanceof this.h5.Dataset)) throw invalidKeras(`The weights ${shown(path)} are missing.`, { layer });
    const { metadata } = entity as Dataset;
    if (
      metadata.type !== FLOAT ||
      (metadata.size !== 4 && metadata.size !== 8) ||
      metadata.virtual_sources !== undefined
    )
      throw invalidKeras(`The weights ${shown(path)} are not plain float32 or float64 numbers.`, { layer });
    const own = metadata.shape ?? [];
    // Before they are read: an HDF5 file of a few bytes can claim any number of zeros.
    if (own.length !== shape.length || own.some((length, axis) => length !== shape[axis]))
      throw invalidKeras(
        `The weights ${shown(path)} of the layer ${shown(layer)} have the shape (${own.join(", ")}), not (${shape.join(", ")}).`,
        { layer },
      );
    const values = this.strictly(() => (entity as Dataset).value);
    if (!(values instanceof Float32Array || values instanceof Float64Array))
      throw invalidKeras(`The weights ${shown(path)} cannot be read.`, { layer });
    return Float32Array.from(values);
  }

  /** Reads something. By itself h5wasm hands on whatever is in its memory where HDF5 could not read the file. */
  private strictly<T>(read: () => T): T {
    this.library.activate_throwing_error_handler();
    try {
      return read();
    } finally {
      this.library.deactivate_throwing_error_handler();
    }
  }

  private entity(path: string): unknown {
    return path === "" ? this.root : this.root.get(path);
  }

  private attribute(path: string, name: string, maxBytes: number): unknown {
    const group = this.entity(path);
    if (!(group instanceof this.h5.Group)) throw invalidKeras(`The group ${shown(path)} is missing.`);
    const attribute = (group as Group).attrs[name];
    if (attribute === undefined) return null;
    const { metadata, shape } = attribute;
    const count = (shape ?? []).reduce((product, length) => product * length, 1);
    const isText = metadata.type === TEXT;
    if (count === 0) return [];
    if (!isText) throw invalidKeras(`The attribute ${name} of ${shown(path)} is no text.`);
    if (count * metadata.size > maxBytes)
      throw tooLarge(`The attribute ${name} has ${count * metadata.size} bytes`, maxBytes);
    return this.strictly(() => attribute.value);
  }
}
