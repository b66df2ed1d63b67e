import { sha256 } from "@noble/hashes/sha2.js";

/** SHA-256 in JavaScript, which takes its bytes piece by piece. */
export function portableSha256(): ReturnType<typeof sha256.create> {
  return sha256.create();
}
