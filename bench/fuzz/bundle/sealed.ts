import { createHash } from "node:crypto";
import type { NumericArray } from "@mlsec/preprocess";

/** Where a bundle holds the digest of its bytes, as written with zeros in this place (docs/decisions/0003). */
const HEADER_START = '{"__metadata__":{"mlsec.sha256":"';
const DIGEST_AT = 8 + HEADER_START.length;
const DIGEST_LENGTH = 64;

/** A bundle taken apart, to be changed and put together again: by an attacker, so with a digest that fits. */
export interface Parts {
  /** The manifest's content. */
  manifest: unknown;
  readonly tensors: Map<string, NumericArray>;
  /** What the directory says of each tensor, where that is not the truth. */
  readonly claims: Map<string, unknown>;
  /** Changes of the manifest's text that no value could make, such as a key twice. */
  readonly texts: ((manifest: string) => string)[];
  /** Bytes of the tensors that are cut off, or added where negative. */
  cut: number;
}

const ARRAYS = { F64: Float64Array, F32: Float32Array, I32: Int32Array, U8: Uint8Array } as const;
type Dtype = keyof typeof ARRAYS;

/** Takes a valid bundle apart. */
export function partsOf(bytes: Uint8Array): Parts {
  const headerEnd = 8 + headerLength(bytes);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, headerEnd))) as Record<string, unknown>;
  const { __metadata__: metadata, ...directory } = header;
  const tensors = Object.entries(directory as Record<string, { dtype: Dtype; data_offsets: [number, number] }>).map(
    ([
      name,
      {
        dtype,
        data_offsets: [begin, end],
      },
    ]): [string, NumericArray] => [name, new ARRAYS[dtype](bytes.slice(headerEnd + begin, headerEnd + end).buffer)],
  );
  const manifest: unknown = JSON.parse((metadata as { mlsec: string }).mlsec);
  return { manifest, tensors: new Map(tensors), claims: new Map(), texts: [], cut: 0 };
}

/** The parts as a file, with the digest that its bytes have. */
export function sealedParts({ manifest, tensors, claims, texts, cut }: Parts): Uint8Array {
  let text = JSON.stringify(manifest) ?? "null";
  for (const change of texts) text = change(text);
  const metadata = { "mlsec.sha256": "0".repeat(DIGEST_LENGTH), mlsec: text };
  const entries: [string, unknown][] = [["__metadata__", metadata]];
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const [name, values] of tensors) {
    data.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    const end = offset + values.byteLength;
    const truth = { dtype: dtypeOf(values), shape: [values.length], data_offsets: [offset, end] };
    entries.push([name, claims.has(name) ? claims.get(name) : truth]);
    offset = end;
  }
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const padded = Math.ceil(header.length / 8) * 8;
  const whole = Buffer.concat([Buffer.alloc(8 + padded, 0x20), ...data, Buffer.alloc(Math.max(-cut, 0))]);
  whole.writeBigUInt64LE(BigInt(padded));
  header.copy(whole, 8);
  return sealed(whole.subarray(0, whole.length - Math.max(cut, 0)));
}

/** The bytes with the digest that they have, in its place. Changes them. */
export function sealed(bytes: Uint8Array): Uint8Array {
  if (bytes.length < DIGEST_AT + DIGEST_LENGTH) return bytes;
  bytes.fill(0x30, DIGEST_AT, DIGEST_AT + DIGEST_LENGTH);
  bytes.set(new TextEncoder().encode(createHash("sha256").update(bytes).digest("hex")), DIGEST_AT);
  return bytes;
}

/** Which part of a bundle a byte is in. */
export function regionOf(bytes: Uint8Array, at: number): string {
  if (at < 8) return "length";
  if (at < DIGEST_AT) return "start";
  if (at < DIGEST_AT + DIGEST_LENGTH) return "digest";
  const headerEnd = 8 + headerLength(bytes);
  if (at >= headerEnd) return "tensors";
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, headerEnd);
  return at < text.lastIndexOf('"},"') ? "manifest" : "directory";
}

function headerLength(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

function dtypeOf(values: NumericArray): Dtype {
  return (Object.keys(ARRAYS) as Dtype[]).find((dtype) => values instanceof ARRAYS[dtype])!;
}
