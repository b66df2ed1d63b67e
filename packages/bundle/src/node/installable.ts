import { type Bundle, BundleError, validateBundle } from "../index.js";
import { type ImportJoblibOptions, importJoblib, JoblibError } from "../joblib/index.js";

/** Protocols 2 to 5 of Python's pickle begin so; earlier ones are text, and not told from other files. */
const PICKLE = 0x80;
/** First bytes of zlib and gzip, in which joblib packs. */
const PACKED: readonly number[] = [0x78, 0x1f];

/** How the header of a bundle begins, after 8 bytes. */
const HEADER = '{"__metadata__":';

/** A bundle that may be installed, and its bytes. */
export interface Installable {
  readonly bundle: Bundle;
  readonly bytes: Uint8Array;
}

/**
 * The bundle that a file is or, of a file of joblib, that it becomes: valid, and tried on example rows.
 *
 * @throws BundleError `does-not-fit`, with what is wrong.
 */
export async function installable(file: Uint8Array, options: ImportJoblibOptions | undefined): Promise<Installable> {
  const bytes = isOfPython(file) ? await imported(file, options) : file;
  const { bundle, findings } = await validateBundle(bytes);
  const errors = findings.filter(({ severity }) => severity === "error").map(({ message }) => message);
  if (bundle !== null && errors.length === 0) return { bundle, bytes };
  throw new BundleError("does-not-fit", `The bundle was not installed. ${errors.join(" ")}`, { findings });
}

/** Whether a file is a pickle, or packed as joblib packs. The first byte of a bundle, which counts its header, may be any. */
function isOfPython(file: Uint8Array): boolean {
  if (new TextDecoder("latin1").decode(file.subarray(8, 8 + HEADER.length)) === HEADER) return false;
  return file[0] === PICKLE || PACKED.includes(file[0] ?? 0);
}

async function imported(file: Uint8Array, options: ImportJoblibOptions | undefined): Promise<Uint8Array> {
  try {
    const { bundle, notes } = await importJoblib(file, options);
    if (bundle !== null) return bundle;
    const errors = notes.filter(({ severity }) => severity === "error").map(({ message }) => message);
    throw new BundleError("does-not-fit", `No bundle can be made of the file of joblib. ${errors.join(" ")}`, {
      notes,
    });
  } catch (cause) {
    if (!(cause instanceof JoblibError)) throw cause;
    throw new BundleError("does-not-fit", `The file cannot be read: ${cause.message}`, { code: cause.code }, { cause });
  }
}
