import { bytesToHex } from "@noble/hashes/utils.js";

/** SHA-256 as lower-case hexadecimal digits, by WebCrypto where there is one. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle !== undefined)
    return bytesToHex(new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)));
  const { sha256 } = await import("@noble/hashes/sha2.js");
  return bytesToHex(sha256(bytes));
}
