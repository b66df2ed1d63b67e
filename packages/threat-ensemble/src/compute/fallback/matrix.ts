// kernels/shared/matrix.ts in plain TypeScript: see there for what the functions do. Addresses are in bytes.

const { fround } = Math;
const ACCUMULATE = 1;
const RELU = 2;

/** The place of element (0, j) of a packed matrix of k rows, and the distance to the next row there. */
function panelOf(j: number, n: number, k: number): { at: number; step: number } {
  const whole = n & ~7;
  return j < whole ? { at: (j & ~7) * k + (j & 7), step: 8 } : { at: whole * k + (j & 3), step: 4 };
}

export function multiply(
  f: Float32Array,
  a: number,
  lda: number,
  b: number,
  c: number,
  ldc: number,
  m: number,
  n: number,
  k: number,
  bias: number,
  flags: number,
): void {
  for (let j = 0; j < n; j++) {
    const { at, step } = panelOf(j, n, k);
    const column = (b >> 2) + at;
    const first = bias === 0 ? 0 : f[(bias >> 2) + j]!;
    for (let i = 0; i < m; i++) {
      const target = (c >> 2) + i * ldc + j;
      let sum = flags & ACCUMULATE ? f[target]! : first;
      for (let p = 0, x = (a >> 2) + i * lda, y = column; p < k; p++, x++, y += step)
        sum = fround(sum + fround(f[x]! * f[y]!));
      f[target] = flags & RELU && sum < 0 ? 0 : sum;
    }
  }
}

export function multiplyPacked(
  f: Float32Array,
  a: number,
  b: number,
  c: number,
  ldc: number,
  m: number,
  n: number,
  k: number,
): void {
  for (let j = 0; j < n; j++) {
    const { at, step } = panelOf(j, n, k);
    const column = (b >> 2) + at;
    for (let i = 0; i < m; i++) {
      const target = (c >> 2) + i * ldc + j;
      let sum = f[target]!;
      for (let p = 0, x = (a >> 2) + (i & ~3) * k + (i & 3), y = column; p < k; p++, x += 4, y += step)
        sum = fround(sum + fround(f[x]! * f[y]!));
      f[target] = sum;
    }
  }
}

export function packColumns(f: Float32Array, target: number, source: number, ld: number, k: number, n: number): void {
  for (let j = 0; j < n; j++) {
    const { at, step } = panelOf(j, n, k);
    for (let i = 0; i < k; i++) f[(target >> 2) + at + i * step] = f[(source >> 2) + i * ld + j]!;
  }
}

export function packRows(f: Float32Array, target: number, source: number, ld: number, k: number, m: number): void {
  for (let j = 0; j < m; j++) {
    const at = (target >> 2) + (j & ~3) * k + (j & 3);
    for (let i = 0; i < k; i++) f[at + i * 4] = f[(source >> 2) + i * ld + j]!;
  }
}

export function transpose(f: Float32Array, target: number, source: number, ld: number, m: number, n: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) f[(target >> 2) + j * m + i] = f[(source >> 2) + i * ld + j]!;
  }
}
