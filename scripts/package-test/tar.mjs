import { gunzipSync } from "node:zlib";

const BLOCK = 512;

/**
 * The files of an npm tarball: path below `package/` → content.
 *
 * @throws Error for an entry that is no plain file, such as a link: an npm package has none.
 */
export function readTarball(bytes) {
  const tar = gunzipSync(bytes);
  const files = new Map();
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const text = (offset, length) => tar.toString("utf8", at + offset, at + offset + length).split("\0", 1)[0];
    const path = [text(345, 155), text(0, 100)].filter(Boolean).join("/");
    const size = Number.parseInt(text(124, 12), 8);
    const type = text(156, 1);
    if (type !== "0" && type !== "") throw new Error(`${path} is no plain file (type ${JSON.stringify(type)}).`);
    files.set(path.replace(/^package\//, ""), tar.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
