// kernels/shared/lstm-cell.ts and kernels/train/lstm-cell.ts in plain TypeScript: see there. Addresses are in bytes.
import { sigmoid, tanh } from "./functions.js";

const { fround } = Math;

export function lstmScore(
  f: Float32Array,
  z: number,
  cell: number,
  hidden: number,
  rows: number,
  units: number,
  first: number,
): void {
  for (let at = 0; at < rows * units; at++) {
    const gates = (z >> 2) + Math.floor(at / units) * 4 * units + (at % units);
    const input = sigmoid(f[gates]!);
    const candidate = tanh(f[gates + 2 * units]!);
    const output = sigmoid(f[gates + 3 * units]!);
    f[gates] = input;
    f[gates + 2 * units] = candidate;
    f[gates + 3 * units] = output;
    let sum = fround(input * candidate);
    if (!first) {
      const forget = sigmoid(f[gates + units]!);
      f[gates + units] = forget;
      sum = fround(fround(forget * f[(cell >> 2) + at]!) + sum);
    }
    f[(cell >> 2) + at] = sum;
    f[(hidden >> 2) + at] = output * tanh(sum);
  }
}

export function lstmForward(
  f: Float32Array,
  z: number,
  before: number,
  cell: number,
  squashed: number,
  hidden: number,
  rows: number,
  units: number,
): void {
  for (let at = 0; at < rows * units; at++) {
    const gates = (z >> 2) + Math.floor(at / units) * 4 * units + (at % units);
    const input = sigmoid(f[gates]!);
    const forget = sigmoid(f[gates + units]!);
    const candidate = tanh(f[gates + 2 * units]!);
    const output = sigmoid(f[gates + 3 * units]!);
    f[gates] = input;
    f[gates + units] = forget;
    f[gates + 2 * units] = candidate;
    f[gates + 3 * units] = output;
    let sum = fround(input * candidate);
    if (before !== 0) sum = fround(fround(forget * f[(before >> 2) + at]!) + sum);
    const bounded = tanh(sum);
    f[(cell >> 2) + at] = sum;
    f[(squashed >> 2) + at] = bounded;
    f[(hidden >> 2) + at] = output * bounded;
  }
}

export function lstmBackward(
  f: Float32Array,
  z: number,
  before: number,
  squashed: number,
  dHidden: number,
  dCell: number,
  rows: number,
  units: number,
): void {
  for (let at = 0; at < rows * units; at++) {
    const gates = (z >> 2) + Math.floor(at / units) * 4 * units + (at % units);
    const input = f[gates]!;
    const forget = f[gates + units]!;
    const candidate = f[gates + 2 * units]!;
    const output = f[gates + 3 * units]!;
    const bounded = f[(squashed >> 2) + at]!;
    const dh = f[(dHidden >> 2) + at]!;
    const slope = fround(1 - fround(bounded * bounded));
    const dc = fround(f[(dCell >> 2) + at]! + fround(fround(dh * output) * slope));
    f[(dCell >> 2) + at] = dc * forget;
    f[gates] = fround(dc * candidate) * fround(input * fround(1 - input));
    f[gates + units] = before === 0 ? 0 : fround(dc * f[(before >> 2) + at]!) * fround(forget * fround(1 - forget));
    f[gates + 2 * units] = fround(dc * input) * fround(1 - fround(candidate * candidate));
    f[gates + 3 * units] = fround(dh * bounded) * fround(output * fround(1 - output));
  }
}
