/** target = a + b, `count` numbers (a multiple of 4). */
export function addElements(target: usize, a: usize, b: usize, count: i32): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) v128.store(target + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
}

/** target = a · b, element by element. */
export function multiplyElements(target: usize, a: usize, b: usize, count: i32): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) v128.store(target + i, f32x4.mul(v128.load(a + i), v128.load(b + i)));
}

/** Zeroes the gradient where the output of a ReLU was not positive. */
export function reluBackward(gradient: usize, output: usize, count: i32): void {
  const end = (<usize>count) << 2;
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < end; i += 16)
    v128.store(gradient + i, v128.and(v128.load(gradient + i), f32x4.gt(v128.load(output + i), zero)));
}

/** The sum of each column of a rows × n matrix, added to the target in the order of the rows. */
export function columnSums(target: usize, source: usize, rows: i32, n: i32): void {
  const length = (<usize>n) << 2;
  for (let row = 0; row < rows; row++) {
    for (let j: usize = 0; j < length; j += 16)
      v128.store(target + j, f32x4.add(v128.load(target + j), v128.load(source + j)));
    source += length;
  }
}
