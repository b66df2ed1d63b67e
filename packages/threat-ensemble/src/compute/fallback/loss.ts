// kernels/train/loss.ts in plain TypeScript: see there. Addresses are in bytes.
import { exp, log1p } from "./functions.js";

const { abs, fround } = Math;

export function crossEntropy(
  f: Float32Array,
  logits: number,
  targets: number,
  weights: number,
  gradient: number,
  rows: number,
  scale: number,
): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const z = f[(logits >> 2) + 4 * row]!;
    const y = f[(targets >> 2) + row]!;
    const w = weights === 0 ? 1 : f[(weights >> 2) + row]!;
    const e = exp(-abs(z));
    const loss = fround(fround(Math.max(z, 0) - fround(z * y)) + log1p(e));
    const probability = fround((z < 0 ? e : 1) / fround(1 + e));
    f.fill(0, (gradient >> 2) + 4 * row, (gradient >> 2) + 4 * row + 4);
    f[(gradient >> 2) + 4 * row] = fround(w * fround(probability - y)) * fround(scale);
    sum += fround(w * loss);
  }
  return sum;
}
