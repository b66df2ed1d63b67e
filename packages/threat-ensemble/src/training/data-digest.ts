const HEX_DIGITS = 8;

/**
 * A 64-bit digest of float32 numbers, as hexadecimal digits: two lanes of MurmurHash3's mixing (Appleby, 2011) over their
 * bits. It tells data apart that got mixed up, not data that was forged.
 */
export function digestOf(...arrays: readonly Float32Array[]): string {
  let a = 0x9747b28c;
  let b = 0x3c6ef372;
  for (const array of arrays) {
    const words = new Uint32Array(array.buffer, array.byteOffset, array.length);
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      a = mixed(a, Math.imul(word, 0xcc9e2d51));
      b = mixed(b, Math.imul(word, 0x1b873593));
    }
    a = mixed(a, words.length);
    b = mixed(b, words.length);
  }
  return hex(a) + hex(b);
}

function mixed(hash: number, word: number): number {
  const turned = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
  const state = hash ^ turned;
  return (Math.imul((state << 13) | (state >>> 19), 5) + 0xe6546b64) | 0;
}

function hex(hash: number): string {
  let last = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  last = Math.imul(last ^ (last >>> 13), 0xc2b2ae35);
  return ((last ^ (last >>> 16)) >>> 0).toString(16).padStart(HEX_DIGITS, "0");
}
