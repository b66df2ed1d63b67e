import { BundleError } from "../index.js";

/** What the file system says where there is no room: on the disk, of a quota, or for a file. */
const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];

export function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

/** A handler of rejections that gives a value where a file is absent. */
export function ifAbsent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (hasCode(error, "ENOENT")) return value;
    throw error;
  };
}

/** A handler of rejections that gives a value where the file system refused something. */
export function ifSystem<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (codeOf(error) !== null) return value;
    throw error;
  };
}

/**
 * What a store's folder is used for, with what the file system refuses told in the store's words.
 *
 * @throws BundleError `disk-full`, `store-inaccessible`; other errors as they are.
 */
export async function ofStore<T>(root: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    const system = codeOf(cause);
    if (system === null) throw cause;
    const details = { root, system };
    if (FULL.includes(system)) {
      const message = `There is no room for this in the store ${root} (${system}). Free some and try again: the store is as it was.`;
      throw new BundleError("disk-full", message, details, { cause });
    }
    const reason = (cause as Error).message;
    const message = `The store ${root} does not let this process do so (${reason}). Check the permissions of its folders.`;
    throw new BundleError("store-inaccessible", message, details, { cause });
  }
}

/** The code of an error of the file system, such as ENOENT; null for others, ours among them. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null;
  return String(error.code);
}
