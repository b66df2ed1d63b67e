import { highWord, withHighWord } from "./bits.js";

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_2_HIGH_WORD = 0x3ff6a09e;
const TWO_POW_54 = 18014398509481984;
// 1 / ln 2 and log2 e − 1 in two parts, for log2.
const LOG2_E = Math.LOG2E;

/**
 * ln(1 + f) − f + f²/2 for 1 + f in [√½, √2], given s = f / (2 + f): from ln(1 + f) = 2 artanh(s), whose series
 * 2s + 2s³/3 + 2s⁵/5 + … needs eleven terms here.
 */
function remainder(f: number, s: number): number {
  const z = s * s;
  let sum = 2 / 25;
  sum = sum * z + 2 / 23;
  sum = sum * z + 2 / 21;
  sum = sum * z + 2 / 19;
  sum = sum * z + 2 / 17;
  sum = sum * z + 2 / 15;
  sum = sum * z + 2 / 13;
  sum = sum * z + 2 / 11;
  sum = sum * z + 2 / 9;
  sum = sum * z + 2 / 7;
  sum = sum * z + 2 / 5;
  sum = sum * z + 2 / 3;
  // 2s = f − s·f and s·f = f²/2 − s·f²/2, so the leading terms are exact.
  return s * (0.5 * f * f + z * sum);
}

/** ln x, within 1 ulp, the same bits on every runtime. −∞ at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const { k, f } = split(x);
  const s = f / (2 + f);
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (remainder(f, s) + k * LN2_LOW) - f);
}

/** ln(1 + x), within 1 ulp also near 0, the same bits on every runtime. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  if (Math.abs(x) < 1.2e-16) return x;
  const sum = 1 + x;
  const { k, f } = split(sum);
  if (k === 0) {
    // 1 + x needs no scaling: x itself is the fraction, and nothing was rounded away.
    const s = x / (2 + x);
    const half = 0.5 * x * x;
    return x - (half - remainder(x, s));
  }
  // What 1 + x lost to rounding, relative to the sum.
  const lost = (x >= 1 ? 1 - (sum - x) : x - (sum - 1)) / sum;
  const s = f / (2 + f);
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (remainder(f, s) + (k * LN2_LOW + lost)) - f);
}

/** The base-2 logarithm: exact for powers of two, within 2 ulp elsewhere, the same bits on every runtime. */
export function log2(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const { k, f } = split(x);
  return k + log(1 + f) * LOG2_E;
}

/** x = 2^k · (1 + f) with 1 + f in [√½, √2]. */
function split(x: number): { k: number; f: number } {
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= TWO_POW_54;
    k = -54;
  }
  const high = highWord(x);
  k += (high >>> 20) - 1023;
  const fraction = high & 0xfffff;
  const overRoot = (fraction | 0x3ff00000) >= SQRT_2_HIGH_WORD;
  if (overRoot) k++;
  return { k, f: withHighWord(x, fraction | (overRoot ? 0x3fe00000 : 0x3ff00000)) - 1 };
}
