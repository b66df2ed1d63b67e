const f64 = new Float64Array(1);
const u32 = new Uint32Array(f64.buffer);

/** The words of a double, low first on the little-endian machines that JavaScript engines run on. */
const LOW = new Uint32Array(new Float64Array([1]).buffer)[1] === 0x3ff00000 ? 0 : 1;
const HIGH = 1 - LOW;

/** The upper 32 bits of a double: sign, exponent and the first 20 fraction bits. */
export function highWord(x: number): number {
  f64[0] = x;
  return u32[HIGH]!;
}

/** The double with the same lower bits and another upper word. */
export function withHighWord(x: number, high: number): number {
  f64[0] = x;
  u32[HIGH] = high;
  return f64[0]!;
}

/** 2 to the power k, exactly, for −1022 ≤ k ≤ 1023. */
export function powerOfTwo(k: number): number {
  f64[0] = 0;
  u32[HIGH] = (k + 1023) << 20;
  return f64[0]!;
}

/** x · 2^k with one rounding at most, for any k. */
export function scaleByPowerOfTwo(x: number, k: number): number {
  if (k > 1023) return x * powerOfTwo(1023) * powerOfTwo(Math.min(k - 1023, 1023));
  if (k < -1022) return x * powerOfTwo(Math.max(k + 969, -1022)) * powerOfTwo(-969);
  return x * powerOfTwo(k);
}
