import { createHash } from "node:crypto";

/** SHA-256 of the bytes of a typed array. */
export function digest(array) {
  return createHash("sha256")
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest("hex");
}
