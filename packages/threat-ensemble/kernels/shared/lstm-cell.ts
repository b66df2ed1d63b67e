import { hardSigmoid, sigmoid, tanh } from "./functions";

/**
 * The gates of one row in the place of their pre-activations: input, forget, cell, output, each `gate` bytes wide. With
 * `first`, the forget gate stays as it is. `slope` is 0 for the sigmoid, else that of the hard sigmoid.
 */
export function openGates(z: usize, gate: usize, first: i32, slope: f32): void {
  const end = z + gate;
  if (slope !== 0) {
    for (; z < end; z += 16) {
      v128.store(z, hardSigmoid(v128.load(z), slope));
      if (!first) v128.store(z + gate, hardSigmoid(v128.load(z + gate), slope));
      v128.store(z + 2 * gate, tanh(v128.load(z + 2 * gate)));
      v128.store(z + 3 * gate, hardSigmoid(v128.load(z + 3 * gate), slope));
    }
    return;
  }
  for (; z < end; z += 16) {
    v128.store(z, sigmoid(v128.load(z)));
    if (!first) v128.store(z + gate, sigmoid(v128.load(z + gate)));
    v128.store(z + 2 * gate, tanh(v128.load(z + 2 * gate)));
    v128.store(z + 3 * gate, sigmoid(v128.load(z + 3 * gate)));
  }
}

/**
 * One step of LSTM cells for scoring: z holds, row by row, the pre-activations of the gates input, forget, cell, output,
 * each `units` wide, and is scratch after; cells are replaced and hidden states written (rows × units). With `first`, the
 * cells start at 0. `slope` as in `openGates`.
 */
export function lstmScore(
  z: usize,
  cell: usize,
  hidden: usize,
  rows: i32,
  units: i32,
  first: i32,
  slope: f32,
): void {
  const gate = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    // The gates first: none waits for another, as the cells' tanh would wait for them.
    openGates(z, gate, first, slope);
    const end = z + gate;
    for (; z < end; z += 16) {
      let sum = f32x4.mul(v128.load(z), v128.load(z + 2 * gate));
      if (!first) sum = f32x4.add(f32x4.mul(v128.load(z + gate), v128.load(cell)), sum);
      v128.store(cell, sum);
      v128.store(hidden, f32x4.mul(v128.load(z + 3 * gate), tanh(sum)));
      cell += 16;
      hidden += 16;
    }
    z += 3 * gate;
  }
}
