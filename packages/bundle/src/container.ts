import { type NumericArray, sha256Hex } from "@mlsec/preprocess";
import { BundleError, tooLarge } from "./bundle-error.js";
import { HEADER_LIMITS, MAX_BUNDLE_BYTES, MAX_HEADER_BYTES, MAX_TENSOR_NAME_LENGTH, MAX_TENSORS } from "./limits.js";
import { NotStrictJson, strictJson } from "./strict-json.js";

/**
 * The file format: safetensors (8-byte little-endian header length, JSON header, tensor bytes) whose header begins with
 * the digest of the whole file. See docs/decisions/0003.
 */
export interface Container {
  /** The manifest, a JSON text. */
  readonly manifest: string;
  readonly tensors: ReadonlyMap<string, NumericArray>;
}

/** A container as read, with the digest that its bytes have, and the signature that it states, 128 hexadecimal digits. */
export interface ReadContainer extends Container {
  readonly digest: string;
  readonly signature: string | null;
}

const HEADER_START = '{"__metadata__":{"mlsec.sha256":"';
/** What follows the digest where there is a signature. */
const SIGNATURE_START = '","mlsec.ed25519":"';
const LENGTH_BYTES = 8;
const DIGEST_AT: number = LENGTH_BYTES + HEADER_START.length;
const DIGEST_LENGTH = 64;
const SIGNATURE_AT: number = DIGEST_AT + DIGEST_LENGTH + SIGNATURE_START.length;
const SIGNATURE_LENGTH = 128;
const ALIGNMENT = 8;

interface TensorType {
  readonly dtype: string;
  readonly itemSize: number;
  readonly array: new (buffer: ArrayBuffer) => NumericArray;
}

const TENSOR_TYPES: readonly TensorType[] = [
  { dtype: "F64", itemSize: 8, array: Float64Array },
  { dtype: "F32", itemSize: 4, array: Float32Array },
  { dtype: "I32", itemSize: 4, array: Int32Array },
  { dtype: "U8", itemSize: 1, array: Uint8Array },
];

/** The container as bytes; equal containers give equal bytes. @throws BundleError `too-large`. */
export async function writeContainer({ manifest, tensors }: Container): Promise<Uint8Array> {
  const entries = [...tensors].map(([name, values]) => ({ name, values, type: typeOf(values) }));
  entries.sort((a, b) => b.type.itemSize - a.type.itemSize || (a.name < b.name ? -1 : 1));
  const directory: Record<string, unknown> = {};
  let offset = 0;
  for (const { name, values, type } of entries) {
    directory[name] = { dtype: type.dtype, shape: [values.length], data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const metadata = { "mlsec.sha256": "0".repeat(DIGEST_LENGTH), mlsec: manifest };
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...directory }));
  const padded = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  const total = LENGTH_BYTES + padded + offset;
  if (total > MAX_BUNDLE_BYTES || padded > MAX_HEADER_BYTES) throw tooLarge(total);
  const bytes = new Uint8Array(total);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, LENGTH_BYTES + header.length, LENGTH_BYTES + padded);
  bytes.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + padded;
  for (const { values } of entries) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  bytes.set(new TextEncoder().encode(await sha256Hex(bytes)), DIGEST_AT);
  return bytes;
}

/**
 * The same container with a signature, in the place of one that it has. The digest covers neither itself nor the signature,
 * whose places hold zeros where it is computed.
 *
 * @param bytes a container that `readContainer` takes. @param sign from the digest to 128 hexadecimal digits.
 */
export async function withSignature(bytes: Uint8Array, sign: (digest: string) => Promise<string>): Promise<Uint8Array> {
  const { headerEnd, signature } = frameOf(bytes);
  const text = new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, headerEnd)).trimEnd();
  const afterDigest = HEADER_START.length + DIGEST_LENGTH;
  const rest =
    signature === null ? text.slice(afterDigest) : text.slice(SIGNATURE_AT - LENGTH_BYTES + SIGNATURE_LENGTH);
  const header = new TextEncoder().encode(
    `${HEADER_START}${"0".repeat(DIGEST_LENGTH)}${SIGNATURE_START}${"0".repeat(SIGNATURE_LENGTH)}${rest}`,
  );
  const padded = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  const signed = new Uint8Array(LENGTH_BYTES + padded + bytes.length - headerEnd);
  if (signed.length > MAX_BUNDLE_BYTES || padded > MAX_HEADER_BYTES) throw tooLarge(signed.length);
  new DataView(signed.buffer).setBigUint64(0, BigInt(padded), true);
  signed.fill(0x20, LENGTH_BYTES + header.length, LENGTH_BYTES + padded);
  signed.set(header, LENGTH_BYTES);
  signed.set(bytes.subarray(headerEnd), LENGTH_BYTES + padded);
  const digest = await sha256Hex(signed);
  signed.set(new TextEncoder().encode(digest), DIGEST_AT);
  signed.set(new TextEncoder().encode(await sign(digest)), SIGNATURE_AT);
  return signed;
}

/**
 * Reads a container. Nothing is believed before the digest has been compared, and no memory is taken that the file's
 * own size does not bound.
 *
 * @throws BundleError `too-large`, `not-a-bundle`, `altered`, `invalid-header`, `invalid-tensor`.
 */
export async function readContainer(source: Uint8Array): Promise<ReadContainer> {
  if (source.length > MAX_BUNDLE_BYTES) throw tooLarge(source.length);
  // Node's Buffer is a Uint8Array whose slices share memory; a plain view of the same bytes copies.
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const { headerEnd, stated, signature } = frameOf(bytes);
  const digest = await digestOf(bytes, signature !== null);
  if (digest !== stated) {
    throw new BundleError(
      "altered",
      "The bundle's bytes do not match its digest: it was changed or cut off after it was saved. Get a fresh copy.",
      {
        expected: stated,
        got: digest,
      },
    );
  }
  const { manifest, directory } = parseHeader(bytes, headerEnd);
  return { manifest, tensors: readTensors(bytes, headerEnd, directory), digest, signature };
}

/** The digest of a container: of its bytes with zeros in the places of the digest and the signature. Nothing is copied. */
function digestOf(bytes: Uint8Array, isSigned: boolean): Promise<string> {
  const zeros = (count: number): Uint8Array => new Uint8Array(count).fill(0x30);
  const afterDigest = DIGEST_AT + DIGEST_LENGTH;
  const start = [bytes.subarray(0, DIGEST_AT), zeros(DIGEST_LENGTH)];
  if (!isSigned) return sha256Hex(...start, bytes.subarray(afterDigest));
  const between = bytes.subarray(afterDigest, SIGNATURE_AT);
  return sha256Hex(...start, between, zeros(SIGNATURE_LENGTH), bytes.subarray(SIGNATURE_AT + SIGNATURE_LENGTH));
}

/** What a container says of itself. */
export interface ContainerHeader {
  readonly manifest: string;
  /** As stated: nothing here compares it with the bytes. */
  readonly digest: string;
  readonly tensors: readonly { readonly name: string; readonly dtype: string; readonly items: number }[];
}

/** How many of a container's bytes its header needs, from as many as there are. */
export function headerBytes(begun: Uint8Array): number {
  if (begun.length < LENGTH_BYTES) return LENGTH_BYTES;
  return LENGTH_BYTES + Math.min(headerLengthOf(begun), MAX_HEADER_BYTES);
}

/**
 * Reads the header alone.
 *
 * @param bytes at least as many as `headerBytes` says.
 * @throws BundleError `not-a-bundle`, `invalid-header`, `invalid-tensor`.
 */
export function readHeader(bytes: Uint8Array): ContainerHeader {
  const { headerEnd, stated } = frameOf(bytes);
  const { manifest, directory } = parseHeader(bytes, headerEnd);
  const tensors = entriesOf(directory).map(({ name, type, begin, end }) => ({
    name,
    dtype: type.dtype,
    items: (end - begin) / type.itemSize,
  }));
  return { manifest, digest: stated, tensors };
}

function headerLengthOf(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
}

/** Whether bytes begin as those of a container do. The first eight, which count the header, may be any. */
export function beginsAsContainer(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(LENGTH_BYTES, DIGEST_AT)) === HEADER_START;
}

function frameOf(bytes: Uint8Array): { headerEnd: number; stated: string; signature: string | null } {
  const shortest = DIGEST_AT + DIGEST_LENGTH;
  const text = (from: number, to: number): string => new TextDecoder("latin1").decode(bytes.subarray(from, to));
  if (bytes.length < shortest || !beginsAsContainer(bytes)) {
    throw new BundleError(
      "not-a-bundle",
      "This is not an mlsec bundle: it does not begin as one. Was another file given, or was it cut off?",
      {
        bytes: bytes.length,
      },
    );
  }
  const headerLength = headerLengthOf(bytes);
  const headerEnd = LENGTH_BYTES + headerLength;
  if (headerLength > MAX_HEADER_BYTES || headerEnd > bytes.length || headerEnd < shortest) {
    throw new BundleError(
      "invalid-header",
      `The header claims ${headerLength} bytes, which the file of ${bytes.length} bytes cannot hold or the format does not allow.`,
      {
        got: headerLength,
        limit: MAX_HEADER_BYTES,
      },
    );
  }
  const stated = text(DIGEST_AT, shortest);
  if (!/^[0-9a-f]{64}$/.test(stated))
    throw new BundleError("invalid-header", "The digest in the header is not 64 hexadecimal digits.", { got: stated });
  return {
    headerEnd,
    stated,
    signature: signatureOf(text(shortest, Math.min(headerEnd, SIGNATURE_AT + SIGNATURE_LENGTH))),
  };
}

/** The signature that a header states after its digest. */
function signatureOf(afterDigest: string): string | null {
  if (!afterDigest.startsWith(SIGNATURE_START)) return null;
  const signature = afterDigest.slice(SIGNATURE_START.length, SIGNATURE_START.length + SIGNATURE_LENGTH);
  if (/^[0-9a-f]{128}$/.test(signature)) return signature;
  throw new BundleError("invalid-header", "The signature in the header is not 128 hexadecimal digits.", {
    got: signature,
  });
}

function parseHeader(bytes: Uint8Array, headerEnd: number): { manifest: string; directory: Record<string, unknown> } {
  const header = headerJson(bytes.subarray(LENGTH_BYTES, headerEnd));
  const { __metadata__: metadata, ...directory } = header;
  const manifest = (metadata as Record<string, unknown> | undefined)?.["mlsec"];
  if (typeof manifest !== "string") throw new BundleError("invalid-header", "The header holds no mlsec manifest.");
  return { manifest, directory };
}

/** @throws BundleError `invalid-header`. */
function headerJson(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new BundleError("invalid-header", "The header is not UTF-8.", {}, { cause });
  }
  try {
    return strictJson(text, HEADER_LIMITS) as Record<string, unknown>;
  } catch (cause) {
    if (!(cause instanceof NotStrictJson)) throw cause;
    throw new BundleError("invalid-header", `The header ${cause.message}.`, {}, { cause });
  }
}

function readTensors(
  bytes: Uint8Array,
  dataStart: number,
  directory: Record<string, unknown>,
): Map<string, NumericArray> {
  const entries = entriesOf(directory);
  const dataLength = bytes.length - dataStart;
  let expected = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== expected)
      throw invalidTensor(
        name,
        `begins at ${begin} where ${expected} was expected: tensors must lie without holes or overlap`,
      );
    expected = end;
  }
  if (expected !== dataLength) {
    throw new BundleError(
      "invalid-tensor",
      `The tensors cover ${expected} bytes of the ${dataLength} that follow the header.`,
      { expected, got: dataLength },
    );
  }
  // A copy of its own for each tensor: aligned, and independent of what the caller does with the file's bytes.
  return new Map(
    entries.map(({ name, type, begin, end }) => [
      name,
      new type.array(bytes.slice(dataStart + begin, dataStart + end).buffer),
    ]),
  );
}

/** The tensors in the order of their bytes. */
function entriesOf(directory: Record<string, unknown>): TensorEntry[] {
  const names = Object.keys(directory);
  if (names.length > MAX_TENSORS)
    throw new BundleError("invalid-header", `The file claims ${names.length} tensors; the limit is ${MAX_TENSORS}.`, {
      limit: MAX_TENSORS,
    });
  return names.map((name) => tensorEntry(name, directory[name])).sort((a, b) => a.begin - b.begin || a.end - b.end);
}

interface TensorEntry {
  readonly name: string;
  readonly type: TensorType;
  readonly begin: number;
  readonly end: number;
}

function tensorEntry(name: string, entry: unknown): TensorEntry {
  if (name.length > MAX_TENSOR_NAME_LENGTH) throw invalidTensor(name.slice(0, 80), "has too long a name");
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const type = TENSOR_TYPES.find((candidate) => candidate.dtype === dtype);
  if (type === undefined) throw invalidTensor(name, `has the type ${JSON.stringify(dtype)}, which bundles do not use`);
  if (!isCounts(shape, 1) || !isCounts(offsets, 2))
    throw invalidTensor(name, "has no shape of one dimension or no data offsets");
  const [begin, end] = offsets as [number, number];
  if (end - begin !== shape[0]! * type.itemSize)
    throw invalidTensor(name, `has ${shape[0]} items of ${type.itemSize} bytes but ${end - begin} bytes`);
  return { name, type, begin, end };
}

function isCounts(value: unknown, length: number): value is number[] {
  return (
    Array.isArray(value) &&
    value.length === length &&
    value.every((item) => Number.isSafeInteger(item) && item >= 0 && item <= MAX_BUNDLE_BYTES)
  );
}

function typeOf(values: NumericArray): TensorType {
  return TENSOR_TYPES.find((type) => values instanceof type.array)!;
}

function invalidTensor(name: string, what: string): BundleError {
  return new BundleError("invalid-tensor", `Tensor ${JSON.stringify(name)} ${what}.`, { tensor: name });
}
