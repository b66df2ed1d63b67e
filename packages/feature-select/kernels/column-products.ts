/**
 * Adds the scalar products of every two columns of a block, on and below the diagonal, to a square of sums.
 *
 * Two columns i meet four columns j at a time: eight sums of two lanes share six reads, and stay in registers. A lane
 * adds up every second row, and the two lanes are added at the end of the block: that order, for every pair, is what
 * the TypeScript version keeps too. A tile on the diagonal also makes a few products above it, which nobody reads.
 *
 * @param block address of the columns, one after the other, as float64.
 * @param stride bytes from a column to the next.
 * @param columns how many; a multiple of 4.
 * @param rows how many of each column; even.
 * @param sums address of columns × columns float64, row-major.
 */
export function addProducts(block: usize, stride: usize, columns: i32, rows: i32, sums: usize): void {
  const length = (<usize>rows) << 3;
  for (let i = 0; i < columns; i += 2) {
    const first = block + <usize>i * stride;
    for (let j = 0; j <= i + 1; j += 4) {
      let a = first;
      let b = first + stride;
      let x0 = block + <usize>j * stride;
      let x1 = x0 + stride;
      let x2 = x1 + stride;
      let x3 = x2 + stride;
      const end = a + length;
      let a0 = f64x2.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let b0 = a0;
      let b1 = a0;
      let b2 = a0;
      let b3 = a0;
      while (a < end) {
        const u = v128.load(a);
        const v = v128.load(b);
        let x = v128.load(x0);
        a0 = f64x2.add(a0, f64x2.mul(u, x));
        b0 = f64x2.add(b0, f64x2.mul(v, x));
        x = v128.load(x1);
        a1 = f64x2.add(a1, f64x2.mul(u, x));
        b1 = f64x2.add(b1, f64x2.mul(v, x));
        x = v128.load(x2);
        a2 = f64x2.add(a2, f64x2.mul(u, x));
        b2 = f64x2.add(b2, f64x2.mul(v, x));
        x = v128.load(x3);
        a3 = f64x2.add(a3, f64x2.mul(u, x));
        b3 = f64x2.add(b3, f64x2.mul(v, x));
        a += 16;
        b += 16;
        x0 += 16;
        x1 += 16;
        x2 += 16;
        x3 += 16;
      }
      const upper = sums + ((<usize>(i * columns + j)) << 3);
      const lower = upper + ((<usize>columns) << 3);
      addLanes(upper, a0);
      addLanes(upper + 8, a1);
      addLanes(upper + 16, a2);
      addLanes(upper + 24, a3);
      addLanes(lower, b0);
      addLanes(lower + 8, b1);
      addLanes(lower + 16, b2);
      addLanes(lower + 24, b3);
    }
  }
}

function addLanes(at: usize, lanes: v128): void {
  store<f64>(at, load<f64>(at) + (f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1)));
}
