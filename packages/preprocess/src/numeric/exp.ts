import { scaleByPowerOfTwo } from "./bits.js";

const LOG2_E = Math.LOG2E;
// ln 2 in two parts: the first has 32 trailing zero bits, so that k · LN2_HIGH is exact for every exponent k.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const OVERFLOW = 709.782712893384;
const UNDERFLOW = -745.1332191019412;

/**
 * (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2, by its Taylor series (1/2! + r/3! + …); the first term left out is below
 * 2^−58 of the result.
 */
function tail(r: number): number {
  let sum = 1 / 87178291200;
  sum = sum * r + 1 / 6227020800;
  sum = sum * r + 1 / 479001600;
  sum = sum * r + 1 / 39916800;
  sum = sum * r + 1 / 3628800;
  sum = sum * r + 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  return sum * r + 0.5;
}

/** e^x, within 1 ulp, the same bits on every runtime. */
export function exp(x: number): number {
  if (!(x <= OVERFLOW)) return x > OVERFLOW ? Number.POSITIVE_INFINITY : Number.NaN;
  if (x < UNDERFLOW) return 0;
  const k = Math.round(x * LOG2_E);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const lost = high - r - low;
  return scaleByPowerOfTwo(1 + (r + (r * r * tail(r) + (lost + lost * r))), k);
}

/** e^x − 1, within 2 ulp also near 0, the same bits on every runtime. */
export function expm1(x: number): number {
  if (!(x <= OVERFLOW)) return x > OVERFLOW ? Number.POSITIVE_INFINITY : Number.NaN;
  if (x < -38) return -1;
  const k = Math.round(x * LOG2_E);
  if (k === 0) return x === 0 ? x : x + x * x * tail(x);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const lost = high - r - low;
  const fraction = r + (r * r * tail(r) + (lost + lost * r));
  if (k > 56) return scaleByPowerOfTwo(1 + fraction, k);
  const scale = scaleByPowerOfTwo(1, k);
  return k > 0 ? scale - 1 + scale * fraction : scale * fraction + (scale - 1);
}

/** 1 / (1 + e^−x), without overflow, the same bits on every runtime. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** The hyperbolic tangent, within 3 ulp also near 0, the same bits on every runtime. */
export function tanh(x: number): number {
  if (x < 0) return -tanh(-x);
  if (!(x <= 20)) return x > 20 ? 1 : Number.NaN;
  if (x < 1e-8) return x;
  const e = expm1(2 * x);
  return e / (e + 2);
}
