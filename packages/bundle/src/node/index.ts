import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
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

/** Loads a bundle from a file. A file beyond the size limit is refused before it is read. @throws BundleError. */
export async function loadBundleFile(path: string): Promise<Bundle> {
  return loadBundle(await readBounded(path));
}

/** A detector from a bundle file. @throws BundleError. */
export async function loadDetectorFile(path: string): Promise<Detector> {
  return loadDetector(await readBounded(path));
}

/** Saves a pipeline to a file, whole or not at all. */
export async function saveBundleFile(path: string, pipeline: Pipeline, options: SaveOptions = {}): Promise<void> {
  await writeFileAtomic(path, await saveBundle(pipeline, options));
}

/**
 * Writes a file so that its name always leads to the old content or the new: written aside, flushed to the disk, then
 * renamed over, and the folder flushed. If anything fails, what was written aside is removed.
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string | Iterable<string> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(aside, "wx");
    try {
      const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
      for await (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a rename durable. Windows cannot open folders, and needs no such flush. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readBounded(path: string): Promise<Uint8Array> {
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
