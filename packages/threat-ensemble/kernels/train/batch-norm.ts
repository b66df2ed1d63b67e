/**
 * Normalises a rows × n matrix by the mean and the (biased) variance of its columns: writes both, 1 / √(variance + ε), the
 * normalised values and γ · normalised + β.
 */
export function batchNormForward(
  input: usize,
  rows: i32,
  n: i32,
  gamma: usize,
  beta: usize,
  mean: usize,
  variance: usize,
  inverse: usize,
  normalised: usize,
  output: usize,
  epsilon: f32,
): void {
  const length = (<usize>n) << 2;
  const count = f32x4.splat(<f32>rows);
  for (let j: usize = 0; j < length; j += 16) {
    let sum = f32x4.splat(0);
    let at = input + j;
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, v128.load(at));
      at += length;
    }
    const center = f32x4.div(sum, count);
    sum = f32x4.splat(0);
    at = input + j;
    for (let row = 0; row < rows; row++) {
      const distance = f32x4.sub(v128.load(at), center);
      sum = f32x4.add(sum, f32x4.mul(distance, distance));
      at += length;
    }
    const spread = f32x4.div(sum, count);
    const factor = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(spread, f32x4.splat(epsilon))));
    v128.store(mean + j, center);
    v128.store(variance + j, spread);
    v128.store(inverse + j, factor);
    const scale = v128.load(gamma + j);
    const shift = v128.load(beta + j);
    at = j;
    for (let row = 0; row < rows; row++) {
      const value = f32x4.mul(f32x4.sub(v128.load(input + at), center), factor);
      v128.store(normalised + at, value);
      v128.store(output + at, f32x4.add(f32x4.mul(value, scale), shift));
      at += length;
    }
  }
}

/** The way back: the gradients of γ and β are added to theirs, the gradient of the output is replaced by the input's. */
export function batchNormBackward(
  gradient: usize,
  rows: i32,
  n: i32,
  gamma: usize,
  inverse: usize,
  normalised: usize,
  dGamma: usize,
  dBeta: usize,
): void {
  const length = (<usize>n) << 2;
  const count = f32x4.splat(<f32>rows);
  for (let j: usize = 0; j < length; j += 16) {
    let sum = f32x4.splat(0);
    let product = f32x4.splat(0);
    let at = j;
    for (let row = 0; row < rows; row++) {
      const value = v128.load(gradient + at);
      sum = f32x4.add(sum, value);
      product = f32x4.add(product, f32x4.mul(value, v128.load(normalised + at)));
      at += length;
    }
    v128.store(dBeta + j, f32x4.add(v128.load(dBeta + j), sum));
    v128.store(dGamma + j, f32x4.add(v128.load(dGamma + j), product));
    const scale = f32x4.mul(v128.load(gamma + j), v128.load(inverse + j));
    const offset = f32x4.div(sum, count);
    const slope = f32x4.div(product, count);
    at = j;
    for (let row = 0; row < rows; row++) {
      const rest = f32x4.sub(f32x4.sub(v128.load(gradient + at), offset), f32x4.mul(v128.load(normalised + at), slope));
      v128.store(gradient + at, f32x4.mul(scale, rest));
      at += length;
    }
  }
}
