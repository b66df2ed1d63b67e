/**
 * SHA-256 over all scores, as 64 hexadecimal digits: first every probability as a float64, then every class code as an
 * int32, both little-endian. Rows that were skipped (code −1) count with the probability 0. Equal digests mean equal
 * scores to the last bit.
 *
 * @returns null where the browser offers no cryptography: on pages that come neither by HTTPS nor from this machine.
 */
export async function scoresDigest(probabilities: Float64Array, codes: Int32Array): Promise<string | null> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return null;
  const view = new DataView(new ArrayBuffer(12 * codes.length));
  for (const [row, code] of codes.entries()) {
    // A NaN has many bit patterns, a zero one.
    view.setFloat64(8 * row, code === -1 ? 0 : probabilities[row]!, true);
    view.setInt32(8 * codes.length + 4 * row, code, true);
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", view));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
