import { readFile, stat } from "node:fs/promises";
import {
  type Bundle,
  BundleError,
  type Detector,
  loadBundle,
  loadDetector,
  MAX_BUNDLE_BYTES,
  type Pipeline,
  type SaveOptions,
  saveBundle,
} from "../index.js";
import { writeFileAtomic } from "./atomic-file.js";

/** Loads a bundle from a file. A file beyond the size limit is refused before it is read. @throws BundleError. */
export async function loadBundleFile(path: string): Promise<Bundle> {
  return loadBundle(await readBundleFile(path));
}

/** A detector from a bundle file. @throws BundleError. */
export async function loadDetectorFile(path: string): Promise<Detector> {
  return loadDetector(await readBundleFile(path));
}

/** Saves a pipeline to a file, whole or not at all. */
export async function saveBundleFile(path: string, pipeline: Pipeline, options: SaveOptions = {}): Promise<void> {
  await writeFileAtomic(path, await saveBundle(pipeline, options));
}

/** The bytes of a bundle file, unless it is larger than a bundle may be. @throws BundleError `too-large`, `file-not-readable`. */
export async function readBundleFile(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BUNDLE_BYTES) {
      throw new BundleError("too-large", `A bundle has at most ${MAX_BUNDLE_BYTES} bytes, ${path} has ${size}.`, {
        limit: MAX_BUNDLE_BYTES,
        got: size,
      });
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof BundleError) throw cause;
    throw new BundleError(
      "file-not-readable",
      `The bundle ${path} cannot be read. Check the path and its permissions.`,
      { path },
      { cause },
    );
  }
}
