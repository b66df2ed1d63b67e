import { sha256Hex } from "@mlsec/preprocess";

export const DIGEST_AT = 41;

/** What a file is made of: its header without padding, and what follows. */
export interface Parts {
  readonly header: string;
  readonly data: Uint8Array;
}

export function partsOf(bytes: Uint8Array): Parts {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return {
    header: new TextDecoder("latin1").decode(bytes.subarray(8, 8 + length)).trimEnd(),
    data: bytes.subarray(8 + length),
  };
}

/** A file of a header (one byte a character) and data, its digest made right. */
export async function sealed({ header, data }: Parts, alignment = 8): Promise<Uint8Array> {
  const padded = Math.ceil(header.length / alignment) * alignment;
  const bytes = new Uint8Array(8 + padded + data.length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  for (let at = 0; at < header.length; at++) bytes[8 + at] = header.charCodeAt(at);
  bytes.set(data, 8 + padded);
  bytes.fill(0x30, DIGEST_AT, DIGEST_AT + 64);
  return withDigest(bytes);
}

async function withDigest(bytes: Uint8Array): Promise<Uint8Array> {
  bytes.set(new TextEncoder().encode(await sha256Hex(bytes)), DIGEST_AT);
  return bytes;
}

/**
 * The same bundle as another writer may write it: tensors in another order, so that they lie unaligned, spaces between tokens,
 * metadata and fields that nobody knows, no padding.
 */
export async function rewritten(bytes: Uint8Array): Promise<Uint8Array> {
  const { header, data } = partsOf(bytes);
  const { __metadata__: metadata, ...tensors } = JSON.parse(header) as Record<string, any>;
  const chunks: Uint8Array[] = [];
  let at = 0;
  const entries = Object.entries(tensors)
    .reverse()
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        chunks.push(data.subarray(begin, end));
        const entry = { note: "unknown", data_offsets: [at, at + end - begin], shape, dtype };
        at += end - begin;
        return `${JSON.stringify(name)} : ${JSON.stringify(entry)}`;
      },
    );
  const others = `"made-by" : "another writer" ,\n"mlsec" : ${JSON.stringify(metadata.mlsec).replaceAll("t", "\\u0074")}`;
  const text = `{"__metadata__":{"mlsec.sha256":"${"0".repeat(64)}" , ${others} } ,\n${entries.join(" ,\n")} }`;
  const all = new Uint8Array(at);
  let to = 0;
  for (const chunk of chunks) {
    all.set(chunk, to);
    to += chunk.length;
  }
  return sealed({ header: text.length % 8 === 0 ? `${text}\n` : text, data: all }, 1);
}
