import { BundleError, tooLarge } from "./bundle-error.js";
import { MAX_BUNDLE_BYTES } from "./limits.js";

/** Where a bundle comes from: its bytes, a file that a user chose, or what a server answered. */
export type BundleSource = Uint8Array | ArrayBuffer | Blob | Response;

/**
 * All bytes of a source. What says beforehand that it is too large is not read; of what does not say, no more is read than
 * a bundle may have.
 *
 * @throws BundleError `too-large`, `not-readable`.
 */
export async function allBytes(source: BundleSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) {
    requireSize(source.size);
    return new Uint8Array(await source.arrayBuffer());
  }
  return streamed(source, () => Number.POSITIVE_INFINITY);
}

/**
 * The first bytes of a source: as many as `wanted` says when it sees how it begins, or more, or all.
 *
 * @param wanted from the bytes so far how many are needed, which may be found out in steps.
 * @throws BundleError as `allBytes`.
 */
export async function firstBytes(source: BundleSource, wanted: (begun: Uint8Array) => number): Promise<Uint8Array> {
  if (!(source instanceof Blob) && !(source instanceof Response)) return allBytes(source);
  if (source instanceof Response) return streamed(source, wanted);
  let begun = new Uint8Array(0);
  for (let needed = wanted(begun); needed > begun.length && begun.length < source.size; needed = wanted(begun))
    begun = new Uint8Array(await source.slice(0, needed).arrayBuffer());
  return begun;
}

/** How many bytes a source has, where that is known without reading it. */
export function sizeOf(source: BundleSource): number | null {
  if (source instanceof Blob) return source.size;
  if (!(source instanceof Response)) return source.byteLength;
  const stated = source.headers.get("content-length");
  // Of a compressed answer this is the compressed size.
  return stated === null || source.headers.has("content-encoding") ? null : Number(stated);
}

async function streamed(response: Response, wanted: (begun: Uint8Array) => number): Promise<Uint8Array> {
  if (!response.ok || response.body === null) {
    throw new BundleError("not-readable", `The server gave no bundle: ${response.status} ${response.statusText}.`, {
      status: response.status,
    });
  }
  requireSize(sizeOf(response) ?? 0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  let needed = wanted(new Uint8Array(0));
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length >= needed) needed = wanted(joined(chunks, length));
    if (length < needed && length <= MAX_BUNDLE_BYTES) continue;
    await reader.cancel();
    break;
  }
  requireSize(length);
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function requireSize(size: number): void {
  if (size > MAX_BUNDLE_BYTES) throw tooLarge(size);
}
