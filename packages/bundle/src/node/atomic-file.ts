import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file so that its name always leads to the old content or the new: written aside, flushed to the disk, then
 * renamed over, and the folder flushed. If anything fails, what was written aside is removed.
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string | Iterable<string> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}.${randomUUID()}.tmp`);
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
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
