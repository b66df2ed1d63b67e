// kernels/train/mask.ts in plain TypeScript: see there. Addresses are in bytes.

const { imul } = Math;

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

export function dropoutMask(
  f: Float32Array,
  target: number,
  count: number,
  state: number,
  threshold: number,
  kept: number,
): void {
  const words = new Int32Array(f.buffer, f.byteOffset + state, 16);
  for (let lane = 0; lane < 4; lane++) {
    let s0 = words[lane]!;
    let s1 = words[4 + lane]!;
    let s2 = words[8 + lane]!;
    let s3 = words[12 + lane]!;
    for (let i = lane; i < count; i += 4) {
      const draw = imul(rotateLeft(imul(s1, 5), 7), 9);
      const t = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= t;
      s3 = rotateLeft(s3, 11);
      f[(target >> 2) + i] = draw >>> 0 >= threshold >>> 0 ? kept : 0;
    }
    words[lane] = s0;
    words[4 + lane] = s1;
    words[8 + lane] = s2;
    words[12 + lane] = s3;
  }
}
