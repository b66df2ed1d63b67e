// Products of float32 matrices. Every element of a product is one sum, in the order of k, each product rounded before it
// is added: blocking changes speed, never bits. src/compute/fallback/matrix.ts computes the same.

/** What a product starts from and ends with: bits of `flags`. */
const ACCUMULATE = 1;
const RELU = 2;

/** The address that means none: 1024 bytes of zeros, which nobody writes to. */
const NOTHING: usize = 0;

// @ts-ignore: decorator
@inline
function plus(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline
function finish(c: usize, sum: v128, flags: i32): void {
  v128.store(c, flags & RELU ? f32x4.pmax(sum, f32x4.splat(0)) : sum);
}

/** The column j of what the sums begin with, or the zeros. */
// @ts-ignore: decorator
@inline
function at(sums: usize, j: i32): usize {
  return sums === NOTHING ? NOTHING : sums + (<usize>j << 2);
}

/**
 * 4 rows × 8 columns, k at least 1. The sums begin with what lies at `sum`, rows `sumRow` apart; `row` and `step` are the
 * distances between rows and between the ks of A.
 */
// @ts-ignore: decorator
@inline
function tile4x8(a: usize, row: usize, step: usize, b: usize, c: usize, ldc: usize, k: i32, sum: usize, sumRow: usize, flags: i32): void {
  const a1 = row, a2 = 2 * row, a3 = 3 * row;
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  let s00 = v128.load(sum), s01 = v128.load(sum, 16);
  sum += sumRow;
  let s10 = v128.load(sum), s11 = v128.load(sum, 16);
  sum += sumRow;
  let s20 = v128.load(sum), s21 = v128.load(sum, 16);
  sum += sumRow;
  let s30 = v128.load(sum), s31 = v128.load(sum, 16);
  // Four ks in a row: the way back to the head of a loop costs as much as three of its instructions. A plain loop over four
  // would have the engine load all four first and run out of registers; a branch after each keeps them apart.
  let b0: v128, b1: v128, x: v128;
  for (;;) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a);
    s00 = plus(s00, x, b0);
    s01 = plus(s01, x, b1);
    x = v128.load_splat<f32>(a + a1);
    s10 = plus(s10, x, b0);
    s11 = plus(s11, x, b1);
    x = v128.load_splat<f32>(a + a2);
    s20 = plus(s20, x, b0);
    s21 = plus(s21, x, b1);
    x = v128.load_splat<f32>(a + a3);
    s30 = plus(s30, x, b0);
    s31 = plus(s31, x, b1);
    if (--k === 0) break;
    a += step;
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load_splat<f32>(a);
    s00 = plus(s00, x, b0);
    s01 = plus(s01, x, b1);
    x = v128.load_splat<f32>(a + a1);
    s10 = plus(s10, x, b0);
    s11 = plus(s11, x, b1);
    x = v128.load_splat<f32>(a + a2);
    s20 = plus(s20, x, b0);
    s21 = plus(s21, x, b1);
    x = v128.load_splat<f32>(a + a3);
    s30 = plus(s30, x, b0);
    s31 = plus(s31, x, b1);
    if (--k === 0) break;
    a += step;
    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = v128.load_splat<f32>(a);
    s00 = plus(s00, x, b0);
    s01 = plus(s01, x, b1);
    x = v128.load_splat<f32>(a + a1);
    s10 = plus(s10, x, b0);
    s11 = plus(s11, x, b1);
    x = v128.load_splat<f32>(a + a2);
    s20 = plus(s20, x, b0);
    s21 = plus(s21, x, b1);
    x = v128.load_splat<f32>(a + a3);
    s30 = plus(s30, x, b0);
    s31 = plus(s31, x, b1);
    if (--k === 0) break;
    a += step;
    b0 = v128.load(b, 96);
    b1 = v128.load(b, 112);
    x = v128.load_splat<f32>(a);
    s00 = plus(s00, x, b0);
    s01 = plus(s01, x, b1);
    x = v128.load_splat<f32>(a + a1);
    s10 = plus(s10, x, b0);
    s11 = plus(s11, x, b1);
    x = v128.load_splat<f32>(a + a2);
    s20 = plus(s20, x, b0);
    s21 = plus(s21, x, b1);
    x = v128.load_splat<f32>(a + a3);
    s30 = plus(s30, x, b0);
    s31 = plus(s31, x, b1);
    if (--k === 0) break;
    a += step;
    b += 128;
  }
  if (flags & RELU) {
    const zero = f32x4.splat(0);
    s00 = f32x4.pmax(s00, zero);
    s01 = f32x4.pmax(s01, zero);
    s10 = f32x4.pmax(s10, zero);
    s11 = f32x4.pmax(s11, zero);
    s20 = f32x4.pmax(s20, zero);
    s21 = f32x4.pmax(s21, zero);
    s30 = f32x4.pmax(s30, zero);
    s31 = f32x4.pmax(s31, zero);
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/** 4 rows × 4 columns. */
// @ts-ignore: decorator
@inline
function tile4x4(a: usize, row: usize, step: usize, b: usize, c: usize, ldc: usize, k: i32, sum: usize, sumRow: usize, flags: i32): void {
  const a1 = row, a2 = 2 * row, a3 = 3 * row;
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  let s0 = v128.load(sum), s1 = v128.load(sum + sumRow);
  let s2 = v128.load(sum + 2 * sumRow), s3 = v128.load(sum + 3 * sumRow);
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b);
    s0 = plus(s0, v128.load_splat<f32>(a), b0);
    s1 = plus(s1, v128.load_splat<f32>(a + a1), b0);
    s2 = plus(s2, v128.load_splat<f32>(a + a2), b0);
    s3 = plus(s3, v128.load_splat<f32>(a + a3), b0);
    a += step;
    b += 16;
  }
  finish(c, s0, flags);
  finish(c1, s1, flags);
  finish(c2, s2, flags);
  finish(c3, s3, flags);
}

/** One row of a product, 32 columns at a time: enough independent sums to hide the latency of an addition. */
function oneRow(a: usize, b: usize, c: usize, n: i32, k: i32, sum: usize, flags: i32): void {
  const panel = <usize>k << 5;
  let j = 0;
  for (; j + 32 <= n; j += 32) {
    let s0 = v128.load(sum), s1 = v128.load(sum, 16), s2 = v128.load(sum, 32), s3 = v128.load(sum, 48);
    let s4 = v128.load(sum, 64), s5 = v128.load(sum, 80), s6 = v128.load(sum, 96), s7 = v128.load(sum, 112);
    let p0 = b, p1 = b + panel, p2 = p1 + panel, p3 = p2 + panel;
    let from = a, rest = k;
    for (;;) {
      const x = v128.load_splat<f32>(from);
      s0 = plus(s0, x, v128.load(p0));
      s1 = plus(s1, x, v128.load(p0, 16));
      s2 = plus(s2, x, v128.load(p1));
      s3 = plus(s3, x, v128.load(p1, 16));
      // Never: as in a tile, a branch keeps the engine from loading all eight before the first is used.
      if (rest === 0) break;
      s4 = plus(s4, x, v128.load(p2));
      s5 = plus(s5, x, v128.load(p2, 16));
      s6 = plus(s6, x, v128.load(p3));
      s7 = plus(s7, x, v128.load(p3, 16));
      if (--rest === 0) break;
      from += 4;
      p0 += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    }
    finish(c, s0, flags);
    finish(c + 16, s1, flags);
    finish(c + 32, s2, flags);
    finish(c + 48, s3, flags);
    finish(c + 64, s4, flags);
    finish(c + 80, s5, flags);
    finish(c + 96, s6, flags);
    finish(c + 112, s7, flags);
    b += panel << 2;
    c += 128;
    if (sum !== NOTHING) sum += 128;
  }
  for (; j < n; j += 4) {
    // The halves of an 8-wide panel one after the other; a last 4-wide one.
    const wide = (n & ~7) > j;
    const step: usize = wide ? 32 : 16;
    let p = b + (wide && (j & 4) ? 16 : 0);
    let s0 = v128.load(sum);
    for (let i = 0; i < k; i++) {
      s0 = plus(s0, v128.load_splat<f32>(a + (<usize>i << 2)), v128.load(p));
      p += step;
    }
    finish(c, s0, flags);
    if (j & 4) b += panel;
    c += 16;
    if (sum !== NOTHING) sum += 16;
  }
}

/**
 * C (m × n) = start + A (m × k) · B (k × n), where start is 0, the bias row, or C itself (flag 1); flag 2 ends with ReLU.
 * `lda` and `ldc` are numbers from row to row, n is a multiple of 4, k at least 1, and B has been packed by `packColumns`.
 */
export function multiply(a: usize, lda: i32, b: usize, c: usize, ldc: i32, m: i32, n: i32, k: i32, bias: usize, flags: i32): void {
  const row = <usize>lda << 2;
  const rowC = <usize>ldc << 2;
  const sums = flags & ACCUMULATE ? c : bias;
  const sumRow = flags & ACCUMULATE ? rowC : 0;
  const whole = m & ~3;
  if (whole > 0) {
    let j = 0;
    for (; j + 8 <= n; j += 8) {
      const panel = b + ((<usize>j * k) << 2);
      let from = a, sum = at(sums, j), to = c + (<usize>j << 2);
      for (let i = 0; i < whole; i += 4) {
        tile4x8(from, row, 4, panel, to, rowC, k, sum, sumRow, flags);
        from += row << 2;
        sum += sumRow << 2;
        to += rowC << 2;
      }
    }
    if (j < n) {
      const panel = b + ((<usize>j * k) << 2);
      let from = a, sum = at(sums, j), to = c + (<usize>j << 2);
      for (let i = 0; i < whole; i += 4) {
        tile4x4(from, row, 4, panel, to, rowC, k, sum, sumRow, flags);
        from += row << 2;
        sum += sumRow << 2;
        to += rowC << 2;
      }
    }
  }
  for (let i = whole; i < m; i++) oneRow(a + <usize>i * row, b, c + <usize>i * rowC, n, k, sums + <usize>i * sumRow, flags);
}

/** C (m × n) += Aᵀ · B, where A (k × m) has been packed by `packRows` and B (k × n) by `packColumns`; m is a multiple of 4. */
export function multiplyPacked(a: usize, b: usize, c: usize, ldc: i32, m: i32, n: i32, k: i32): void {
  const rowC = <usize>ldc << 2;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    const panel = b + ((<usize>j * k) << 2);
    let from = a, to = c + (<usize>j << 2);
    for (let i = 0; i < m; i += 4) {
      tile4x8(from, 4, 16, panel, to, rowC, k, to, rowC, 0);
      from += <usize>k << 4;
      to += rowC << 2;
    }
  }
  if (j < n) {
    const panel = b + ((<usize>j * k) << 2);
    let from = a, to = c + (<usize>j << 2);
    for (let i = 0; i < m; i += 4) {
      tile4x4(from, 4, 16, panel, to, rowC, k, to, rowC, 0);
      from += <usize>k << 4;
      to += rowC << 2;
    }
  }
}

/** Copies a k × n matrix into panels of 8 columns and, where n leaves 4 over, a last one of 4; each panel k rows long. */
export function packColumns(target: usize, source: usize, ld: i32, k: i32, n: i32): void {
  const row = <usize>ld << 2;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    let from = source + (<usize>j << 2);
    for (let i = 0; i < k; i++) {
      v128.store(target, v128.load(from));
      v128.store(target, v128.load(from, 16), 16);
      from += row;
      target += 32;
    }
  }
  if (j < n) packQuads(target, source + (<usize>j << 2), row, k);
}

// @ts-ignore: decorator
@inline
function packQuads(target: usize, from: usize, row: usize, k: i32): void {
  for (let i = 0; i < k; i++) {
    v128.store(target, v128.load(from));
    from += row;
    target += 16;
  }
}

/** Copies a k × m matrix into panels of 4 columns: the rows of its transpose, four by four. */
export function packRows(target: usize, source: usize, ld: i32, k: i32, m: i32): void {
  for (let i = 0; i < m; i += 4) {
    packQuads(target, source + (<usize>i << 2), <usize>ld << 2, k);
    target += <usize>k << 4;
  }
}

/** Writes the transpose of an m × n matrix (rows `ld` apart), n × m numbers. Both are multiples of 4. */
export function transpose(target: usize, source: usize, ld: i32, m: i32, n: i32): void {
  for (let i = 0; i < m; i++) {
    let from = source + ((<usize>i * ld) << 2);
    let to = target + (<usize>i << 2);
    for (let j = 0; j < n; j++) {
      f32.store(to, f32.load(from));
      from += 4;
      to += <usize>m << 2;
    }
  }
}
