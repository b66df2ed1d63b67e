import { exp, log1p } from "../shared/functions";

/**
 * Weighted binary cross-entropy on logits: for each row w · (max(z, 0) − z · y + ln(1 + e^−|z|)).
 *
 * `logits` and `gradient` have 4 numbers a row, of which the first counts; `weights` may be 0 for weights of 1. Writes the
 * gradient of the loss times `scale`, and gives the sum of the losses.
 */
export function crossEntropy(
  logits: usize,
  targets: usize,
  weights: usize,
  gradient: usize,
  rows: i32,
  scale: f32,
): f64 {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  let sum: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const z = v128.load_splat<f32>(logits);
    const y = v128.load_splat<f32>(targets);
    const w = weights === 0 ? one : v128.load_splat<f32>(weights);
    const e = exp(f32x4.neg(f32x4.abs(z)));
    const loss = f32x4.add(f32x4.sub(f32x4.pmax(z, zero), f32x4.mul(z, y)), log1p(e));
    const probability = f32x4.div(v128.bitselect(e, one, f32x4.lt(z, zero)), f32x4.add(one, e));
    const slope = f32x4.mul(f32x4.mul(w, f32x4.sub(probability, y)), f32x4.splat(scale));
    v128.store(gradient, f32x4.replace_lane(zero, 0, f32x4.extract_lane(slope, 0)));
    sum += <f64>f32x4.extract_lane(f32x4.mul(w, loss), 0);
    logits += 16;
    gradient += 16;
    targets += 4;
    if (weights !== 0) weights += 4;
  }
  return sum;
}
