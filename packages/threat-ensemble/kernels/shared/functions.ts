// Vectorised elementary functions in float32. src/compute/fallback/functions.ts computes the same bits.

const LOG2_E: f32 = 1.4426950216293335;
// ln 2 in two parts: the first has few enough bits that its products with an exponent are exact.
const LN2_HIGH: f32 = 0.693145751953125;
const LN2_LOW: f32 = 1.428606765330187e-6;
/** 1.5 · 2^23: adding it rounds to an integer, which then stands in the low bits. */
const ROUNDER: f32 = 12582912;
/** Beyond ±87, e^x leaves the normal numbers; every function here has reached its limit by then. */
const LARGEST: f32 = 87;

// (e^r − 1 − r) / r² on |r| ≤ 0.3467, interpolated at Chebyshev nodes; relative error 2.5e-8.
const C0: f32 = 0.5;
const C1: f32 = 0.16666576266288757;
const C2: f32 = 0.041666556149721146;
const C3: f32 = 0.008363194763660431;
const C4: f32 = 0.0013926203828305006;

/** x within ±87, NaN kept. */
// @ts-ignore: decorator
@inline
function limited(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-LARGEST)), f32x4.splat(LARGEST));
}

/** 1.5 · 2^23 + the integer nearest to x / ln 2. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUNDER));
}

/** 2 to the power that `rounded` found. */
// @ts-ignore: decorator
@inline
function powerOfTwo(shifted: v128): v128 {
  return i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(0x3f800000));
}

/** e^r − 1 of the remainder r = x − k · ln 2. */
// @ts-ignore: decorator
@inline
function remainderPart(x: v128, shifted: v128): v128 {
  const k = f32x4.sub(shifted, f32x4.splat(ROUNDER));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(k, f32x4.splat(LN2_HIGH))), f32x4.mul(k, f32x4.splat(LN2_LOW)));
  let q = f32x4.add(f32x4.mul(f32x4.splat(C4), r), f32x4.splat(C3));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C2));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C1));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(C0));
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), q));
}

/** e^x; its argument is cut at ±87. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const y = limited(x);
  const shifted = rounded(y);
  const scale = powerOfTwo(shifted);
  return f32x4.add(f32x4.mul(scale, remainderPart(y, shifted)), scale);
}

/** e^x − 1; its argument is cut at ±87. */
// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  const y = limited(x);
  const shifted = rounded(y);
  const scale = powerOfTwo(shifted);
  return f32x4.add(f32x4.mul(scale, remainderPart(y, shifted)), f32x4.sub(scale, f32x4.splat(1)));
}

/** 1 / (1 + e^−x). */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(2), expm1(f32x4.neg(x))));
}

/** x · slope + 1/2, cut at 0 and 1. */
// @ts-ignore: decorator
@inline
export function hardSigmoid(x: v128, slope: f32): v128 {
  const line = f32x4.add(f32x4.mul(x, f32x4.splat(slope)), f32x4.splat(0.5));
  return f32x4.pmin(f32x4.pmax(line, f32x4.splat(0)), f32x4.splat(1));
}

/** The hyperbolic tangent. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const e = expm1(f32x4.add(x, x));
  return f32x4.div(e, f32x4.add(e, f32x4.splat(2)));
}

/** ln(1 + x) for 0 ≤ x ≤ 1: twice the artanh series of x / (2 + x). */
// @ts-ignore: decorator
@inline
export function log1p(x: v128): v128 {
  const s = f32x4.div(x, f32x4.add(x, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  let sum = f32x4.add(f32x4.mul(f32x4.splat(0.07692307692307693), z), f32x4.splat(0.09090909090909091));
  sum = f32x4.add(f32x4.mul(sum, z), f32x4.splat(0.1111111111111111));
  sum = f32x4.add(f32x4.mul(sum, z), f32x4.splat(0.14285714285714285));
  sum = f32x4.add(f32x4.mul(sum, z), f32x4.splat(0.2));
  sum = f32x4.add(f32x4.mul(sum, z), f32x4.splat(0.3333333333333333));
  sum = f32x4.mul(f32x4.mul(sum, z), s);
  return f32x4.mul(f32x4.splat(2), f32x4.add(s, sum));
}
