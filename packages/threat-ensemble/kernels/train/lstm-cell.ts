import { tanh } from "../shared/functions";
import { openGates } from "../shared/lstm-cell";

/**
 * One step of LSTM cells in training. z: rows × 4 units pre-activations, replaced by the gates' values; `before`: the cells
 * before this step, or 0 for none. Writes the cells, their tanh and the hidden states (rows × units each). `slope` as in
 * `openGates`.
 */
export function lstmForward(
  z: usize,
  before: usize,
  cell: usize,
  squashed: usize,
  hidden: usize,
  rows: i32,
  units: i32,
  slope: f32,
): void {
  const gate = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    // The gates first: none waits for another, as the cells' tanh would wait for them.
    openGates(z, gate, 0, slope);
    const end = z + gate;
    for (; z < end; z += 16) {
      let sum = f32x4.mul(v128.load(z), v128.load(z + 2 * gate));
      if (before !== 0) {
        sum = f32x4.add(f32x4.mul(v128.load(z + gate), v128.load(before)), sum);
        before += 16;
      }
      const bounded = tanh(sum);
      v128.store(cell, sum);
      v128.store(squashed, bounded);
      v128.store(hidden, f32x4.mul(v128.load(z + 3 * gate), bounded));
      cell += 16;
      squashed += 16;
      hidden += 16;
    }
    z += 3 * gate;
  }
}

/** The slope of a gate at its value. */
// @ts-ignore: decorator
@inline
function slopeAt(value: v128, slope: f32): v128 {
  if (slope === 0) return f32x4.mul(value, f32x4.sub(f32x4.splat(1), value));
  const between = v128.and(f32x4.gt(value, f32x4.splat(0)), f32x4.lt(value, f32x4.splat(1)));
  return v128.and(between, f32x4.splat(slope));
}

/**
 * The way back through that step. `gates` is replaced by the gradient of the pre-activations; `dHidden` is the gradient of
 * the hidden states, `dCell` that of the cells, replaced by the one of the cells before.
 */
export function lstmBackward(
  gates: usize,
  before: usize,
  squashed: usize,
  dHidden: usize,
  dCell: usize,
  rows: i32,
  units: i32,
  slope: f32,
): void {
  const gate = (<usize>units) << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit += 4) {
      const input = v128.load(gates);
      const forget = v128.load(gates + gate);
      const candidate = v128.load(gates + 2 * gate);
      const output = v128.load(gates + 3 * gate);
      const bounded = v128.load(squashed);
      const dh = v128.load(dHidden);
      const ofTanh = f32x4.sub(one, f32x4.mul(bounded, bounded));
      const dc = f32x4.add(v128.load(dCell), f32x4.mul(f32x4.mul(dh, output), ofTanh));
      const dInput = f32x4.mul(f32x4.mul(dc, candidate), slopeAt(input, slope));
      const dCandidate = f32x4.mul(f32x4.mul(dc, input), f32x4.sub(one, f32x4.mul(candidate, candidate)));
      const dOutput = f32x4.mul(f32x4.mul(dh, bounded), slopeAt(output, slope));
      let dForget = f32x4.splat(0);
      if (before !== 0) {
        dForget = f32x4.mul(f32x4.mul(dc, v128.load(before)), slopeAt(forget, slope));
        before += 16;
      }
      v128.store(dCell, f32x4.mul(dc, forget));
      v128.store(gates, dInput);
      v128.store(gates + gate, dForget);
      v128.store(gates + 2 * gate, dCandidate);
      v128.store(gates + 3 * gate, dOutput);
      gates += 16;
      squashed += 16;
      dHidden += 16;
      dCell += 16;
    }
    gates += 3 * gate;
  }
}
