import { sigmoid, tanh } from "./functions";

/**
 * One step of LSTM cells for scoring: z holds, row by row, the pre-activations of the gates input, forget, cell, output,
 * each `units` wide, and is scratch after; cells are replaced and hidden states written (rows × units). With `first`, the cells start at 0.
 */
export function lstmScore(z: usize, cell: usize, hidden: usize, rows: i32, units: i32, first: i32): void {
  const gate = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    // The gates first: none waits for another, as the cells' tanh would wait for them.
    const end = z + gate;
    for (let at = z; at < end; at += 16) {
      v128.store(at, sigmoid(v128.load(at)));
      if (!first) v128.store(at + gate, sigmoid(v128.load(at + gate)));
      v128.store(at + 2 * gate, tanh(v128.load(at + 2 * gate)));
      v128.store(at + 3 * gate, sigmoid(v128.load(at + 3 * gate)));
    }
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
