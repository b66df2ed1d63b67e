// kernels/shared/lstm-cell.ts and kernels/train/lstm-cell.ts in plain TypeScript: see there. Addresses are in bytes.
import { hardSigmoid, sigmoid, tanh } from "./functions.js";

const { fround } = Math;

function gate(x: number, slope: number): number {
  return slope === 0 ? sigmoid(x) : hardSigmoid(x, slope);
}

/** The slope of a gate at its value. */
function slopeAt(value: number, slope: number): number {
  if (slope === 0) return fround(value * fround(1 - value));
  return value > 0 && value < 1 ? slope : 0;
}

export function lstmScore(
  f: Float32Array,
  z: number,
  cell: number,
  hidden: number,
  rows: number,
  units: number,
  first: number,
  slope: number,
): void {
  for (let at = 0; at < rows * units; at++) {
    const gates = (z >> 2) + Math.floor(at / units) * 4 * units + (at % units);
    const input = gate(f[gates]!, slope);
    const candidate = tanh(f[gates + 2 * units]!);
    const output = gate(f[gates + 3 * units]!, slope);
    f[gates] = input;
    f[gates + 2 * units] = candidate;
    f[gates + 3 * units] = output;
    let sum = fround(input * candidate);
    if (!first) {
      const forget = gate(f[gates + units]!, slope);
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
  slope: number,
): void {
  for (let at = 0; at < rows * units; at++) {
    const gates = (z >> 2) + Math.floor(at / units) * 4 * units + (at % units);
    const input = gate(f[gates]!, slope);
    const forget = gate(f[gates + units]!, slope);
    const candidate = tanh(f[gates + 2 * units]!);
    const output = gate(f[gates + 3 * units]!, slope);
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
  slope: number,
): void {
  for (let at = 0; at < rows * units; at++) {
    const gates = (z >> 2) + Math.floor(at / units) * 4 * units + (at % units);
    const input = f[gates]!;
    const forget = f[gates + units]!;
    const candidate = f[gates + 2 * units]!;
    const output = f[gates + 3 * units]!;
    const bounded = f[(squashed >> 2) + at]!;
    const dh = f[(dHidden >> 2) + at]!;
    const ofTanh = fround(1 - fround(bounded * bounded));
    const dc = fround(f[(dCell >> 2) + at]! + fround(fround(dh * output) * ofTanh));
    f[(dCell >> 2) + at] = dc * forget;
    f[gates] = fround(dc * candidate) * slopeAt(input, slope);
    f[gates + units] = before === 0 ? 0 : fround(dc * f[(before >> 2) + at]!) * slopeAt(forget, slope);
    f[gates + 2 * units] = fround(dc * input) * fround(1 - fround(candidate * candidate));
    f[gates + 3 * units] = fround(dh * bounded) * slopeAt(output, slope);
  }
}
