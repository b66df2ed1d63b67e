// kernels/train/elements.ts in plain TypeScript: see there. Addresses are in bytes.

export function addElements(f: Float32Array, target: number, a: number, b: number, count: number): void {
  for (let i = 0; i < count; i++) f[(target >> 2) + i] = f[(a >> 2) + i]! + f[(b >> 2) + i]!;
}

export function multiplyElements(f: Float32Array, target: number, a: number, b: number, count: number): void {
  for (let i = 0; i < count; i++) f[(target >> 2) + i] = f[(a >> 2) + i]! * f[(b >> 2) + i]!;
}

export function reluBackward(f: Float32Array, gradient: number, output: number, count: number): void {
  for (let i = 0; i < count; i++) if (!(f[(output >> 2) + i]! > 0)) f[(gradient >> 2) + i] = 0;
}

export function columnSums(f: Float32Array, target: number, source: number, rows: number, n: number): void {
  for (let row = 0, at = source >> 2; row < rows; row++) {
    for (let j = 0; j < n; j++, at++) f[(target >> 2) + j]! += f[at]!;
  }
}
