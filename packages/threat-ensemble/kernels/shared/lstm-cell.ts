import { sigmoid, tanh } from "./functions";

/**
 * One step of LSTM cells for scoring: z holds, row by row, the pre-activations of the gates input, forget, cell, output,
 * each `units` wide; cells are replaced and hidden states written (rows × units). With `first`, the cells start at 0.
 */
export function lstmScore(z: usize, cell: usize, hidden: usize, rows: i32, units: i32, first: i32): void {
  const gate = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit += 4) {
      const input = sigmoid(v128.load(z));
      const candidate = tanh(v128.load(z + 2 * gate));
      const output = sigmoid(v128.load(z + 3 * gate));
      let sum = f32x4.mul(input, candidate);
      if (!first) sum = f32x4.add(f32x4.mul(sigmoid(v128.load(z + gate)), v128.load(cell)), sum);
      v128.store(cell, sum);
      v128.store(hidden, f32x4.mul(output, tanh(sum)));
      z += 16;
      cell += 16;
      hidden += 16;
    }
    z += 3 * gate;
  }
}
