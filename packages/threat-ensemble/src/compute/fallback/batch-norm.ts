// kernels/train/batch-norm.ts in plain TypeScript: see there. Addresses are in bytes.

const { fround, sqrt } = Math;

export function batchNormForward(
  f: Float32Array,
  input: number,
  rows: number,
  n: number,
  gamma: number,
  beta: number,
  mean: number,
  variance: number,
  inverse: number,
  normalised: number,
  output: number,
  epsilon: number,
): void {
  const end = rows * n;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let at = j; at < end; at += n) sum = fround(sum + f[(input >> 2) + at]!);
    const center = fround(sum / rows);
    sum = 0;
    for (let at = j; at < end; at += n) {
      const distance = fround(f[(input >> 2) + at]! - center);
      sum = fround(sum + fround(distance * distance));
    }
    const spread = fround(sum / rows);
    const factor = fround(1 / fround(sqrt(fround(spread + fround(epsilon)))));
    f[(mean >> 2) + j] = center;
    f[(variance >> 2) + j] = spread;
    f[(inverse >> 2) + j] = factor;
    const scale = f[(gamma >> 2) + j]!;
    const shift = f[(beta >> 2) + j]!;
    for (let at = j; at < end; at += n) {
      const value = fround(fround(f[(input >> 2) + at]! - center) * factor);
      f[(normalised >> 2) + at] = value;
      f[(output >> 2) + at] = fround(value * scale) + shift;
    }
  }
}

export function batchNormBackward(
  f: Float32Array,
  gradient: number,
  rows: number,
  n: number,
  gamma: number,
  inverse: number,
  normalised: number,
  dGamma: number,
  dBeta: number,
): void {
  const end = rows * n;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    let product = 0;
    for (let at = j; at < end; at += n) {
      const value = f[(gradient >> 2) + at]!;
      sum = fround(sum + value);
      product = fround(product + fround(value * f[(normalised >> 2) + at]!));
    }
    f[(dBeta >> 2) + j]! += sum;
    f[(dGamma >> 2) + j]! += product;
    const scale = fround(f[(gamma >> 2) + j]! * f[(inverse >> 2) + j]!);
    const offset = fround(sum / rows);
    const slope = fround(product / rows);
    for (let at = j; at < end; at += n) {
      const rest = fround(fround(f[(gradient >> 2) + at]! - offset) - fround(f[(normalised >> 2) + at]! * slope));
      f[(gradient >> 2) + at] = scale * rest;
    }
  }
}
