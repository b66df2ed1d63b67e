import { beginsAsContainer } from "../container.js";
import { type Bundle, BundleError, validateBundle } from "../index.js";
import { compressionOf } from "../joblib/compression.js";
import { type ImportJoblibOptions, importJoblib, JoblibError } from "../joblib/index.js";

/** Protocols 2 to 5 of Python's pickle begin so; earlier ones are text, and not told from other files. */
const PICKLE = 0x80;

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

/** Whether a file is a pickle, or packed as joblib packs. A bundle may have the same first bytes. */
function isOfPython(file: Uint8Array): boolean {
  return !beginsAsContainer(file) && (file[0] === PICKLE || compressionOf(file) !== "none");
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
