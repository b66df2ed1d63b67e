import { crc32 } from "./crc32.js";
import { invalidKeras, shown, tooLarge } from "./keras-error.js";
import { MAX_ZIP_ENTRIES } from "./limits.js";

/** A file in a zip, by its central directory. */
interface ZipEntry {
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const END_SIZE = 22;
const DIRECTORY_ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const MAX_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;

/**
 * Files in a zip (PKWARE's APPNOTE 6.3), by name: stored or deflated ones, found by the central directory. No zip64: Keras'
 * files are below 4 GB.
 */
export class ZipFile {
  private readonly entries: ReadonlyMap<string, ZipEntry>;
  private readonly view: DataView;

  /** @throws KerasError `invalid-keras`, `too-large`. */
  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.entries = this.directory();
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /**
   * The content of a file, checked by its CRC.
   *
   * @param maxBytes most bytes that it may have.
   * @throws KerasError `invalid-keras`, `too-large`.
   */
  async read(name: string, maxBytes: number): Promise<Uint8Array> {
    const entry = this.entries.get(name);
    if (entry === undefined) throw invalidKeras(`The .keras file holds no ${name}.`);
    const { method, flags, offset, packedSize, size } = entry;
    if (size > maxBytes) throw tooLarge(`${name} has ${size} bytes`, maxBytes);
    if ((flags & ENCRYPTED) !== 0) throw invalidKeras(`${name} is encrypted.`);
    this.require(offset, LOCAL_SIZE, 0x04034b50, "a file's header");
    const start = offset + LOCAL_SIZE + this.view.getUint16(offset + 26, true) + this.view.getUint16(offset + 28, true);
    if (start + packedSize > this.bytes.length) throw invalidKeras(`${name} is cut short.`);
    const packed = this.bytes.subarray(start, start + packedSize);
    if (method !== STORED && method !== DEFLATED)
      throw invalidKeras(`${name} is packed by method ${method}; only 0 (stored) and 8 (deflate) are read.`);
    const content = method === STORED ? packed : await inflated(packed, size, name);
    if (content.length !== size || crc32(content) !== entry.crc)
      throw invalidKeras(`${name} is damaged: its length or its check sum is another.`);
    return content;
  }

  private directory(): Map<string, ZipEntry> {
    const { view, bytes } = this;
    const end = this.end();
    const count = view.getUint16(end + 10, true);
    if (count > MAX_ZIP_ENTRIES) throw tooLarge(`The .keras file has ${count} entries`, MAX_ZIP_ENTRIES);
    const entries = new Map<string, ZipEntry>();
    let at = view.getUint32(end + 16, true);
    for (let index = 0; index < count; index++) {
      this.require(at, DIRECTORY_ENTRY_SIZE, 0x02014b50, "the directory");
      const nameLength = view.getUint16(at + 28, true);
      const next =
        at + DIRECTORY_ENTRY_SIZE + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
      if (next > bytes.length) throw invalidKeras("The .keras file is cut short in its directory.");
      const name = new TextDecoder().decode(
        bytes.subarray(at + DIRECTORY_ENTRY_SIZE, at + DIRECTORY_ENTRY_SIZE + nameLength),
      );
      // Readers differ in which of two files of one name they take.
      if (entries.has(name)) throw invalidKeras(`The .keras file has ${shown(name)} twice.`);
      entries.set(name, {
        flags: view.getUint16(at + 8, true),
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        packedSize: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        offset: view.getUint32(at + 42, true),
      });
      at = next;
    }
    return entries;
  }

  /** Where the end record begins: a comment of any length up to 64 KB may follow it. */
  private end(): number {
    const { view, bytes } = this;
    const first = Math.max(0, bytes.length - END_SIZE - MAX_COMMENT);
    for (let at = bytes.length - END_SIZE; at >= first; at--) if (view.getUint32(at, true) === 0x06054b50) return at;
    throw invalidKeras("The .keras file has no end: it is cut short.");
  }

  private require(at: number, length: number, signature: number, what: string): void {
    if (at + length > this.bytes.length || this.view.getUint32(at, true) !== signature)
      throw invalidKeras(`Byte ${at} of the .keras file should begin ${what}: it is damaged.`);
  }
}

/** Unpacks no more than the directory claims, as a few bytes can unpack to any number. */
async function inflated(packed: Uint8Array, size: number, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = new Blob([packed as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw") as TransformStream<Uint8Array, Uint8Array>);
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done && length <= size; next = await reader.read()) {
      length += next.value.length;
      chunks.push(next.value);
    }
  } catch (cause) {
    throw invalidKeras(`${name} is damaged or cut short.`, {}, cause);
  }
  if (length > size) {
    await reader.cancel();
    throw invalidKeras(`${name} unpacks to more than the ${size} bytes that it should have.`);
  }
  const content = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    content.set(chunk, at);
    at += chunk.length;
  }
  return content;
}
