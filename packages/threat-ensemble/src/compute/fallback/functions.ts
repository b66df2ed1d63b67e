// kernels/shared/functions.ts, one lane: see there. Every operation is rounded to float32, as WebAssembly does.

const { fround } = Math;
const LOG2_E = fround(1.4426950216293335);
const LN2_HIGH = fround(0.693145751953125);
const LN2_LOW = fround(1.428606765330187e-6);
const ROUNDER = 12582912;
const C1 = fround(0.16666576266288757);
const C2 = fround(0.041666556149721146);
const C3 = fround(0.008363194763660431);
const C4 = fround(0.0013926203828305006);
const LOG1P = [1 / 13, 1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3].map(fround) as [
  number,
  number,
  number,
  number,
  number,
  number,
];

const words = new Int32Array(1);
const floats = new Float32Array(words.buffer);

function limited(x: number): number {
  const y = Math.max(x, -87);
  return Math.min(87, y);
}

function exponent(x: number): number {
  return fround(fround(fround(x * LOG2_E) + ROUNDER) - ROUNDER);
}

function powerOfTwo(k: number): number {
  words[0] = (k + 127) << 23;
  return floats[0]!;
}

function remainderPart(x: number, k: number): number {
  const r = fround(fround(x - fround(k * LN2_HIGH)) - fround(k * LN2_LOW));
  let q = fround(fround(C4 * r) + C3);
  q = fround(fround(q * r) + C2);
  q = fround(fround(q * r) + C1);
  q = fround(fround(q * r) + 0.5);
  return fround(r + fround(fround(r * r) * q));
}

/** e^x, within 2 ulp for |x| ≤ 87, beyond which the argument is cut. */
export function exp(x: number): number {
  const y = limited(x);
  const k = exponent(y);
  const scale = powerOfTwo(k);
  return fround(fround(scale * remainderPart(y, k)) + scale);
}

function expm1(x: number): number {
  const y = limited(x);
  const k = exponent(y);
  const scale = powerOfTwo(k);
  return fround(fround(scale * remainderPart(y, k)) + fround(scale - 1));
}

/** 1 / (1 + e^−x), within 3 ulp. */
export function sigmoid(x: number): number {
  return fround(1 / fround(2 + expm1(-x)));
}

/** x · slope + 1/2, cut at 0 and 1. */
export function hardSigmoid(x: number, slope: number): number {
  return Math.min(1, Math.max(0, fround(fround(x * slope) + 0.5)));
}

/** The hyperbolic tangent, within 4 ulp. */
export function tanh(x: number): number {
  const e = expm1(fround(x + x));
  return fround(e / fround(e + 2));
}

/** ln(1 + x) for 0 ≤ x ≤ 1, within 3 ulp. */
export function log1p(x: number): number {
  const s = fround(x / fround(x + 2));
  const z = fround(s * s);
  let sum = fround(fround(LOG1P[0] * z) + LOG1P[1]);
  for (let i = 2; i < LOG1P.length; i++) sum = fround(fround(sum * z) + LOG1P[i]!);
  sum = fround(fround(sum * z) * s);
  return fround(2 * fround(s + sum));
}
