const VALUE = /* @__PURE__ */ new Float64Array(1);
const BITS = /* @__PURE__ */ new BigInt64Array(VALUE.buffer);

/** The least double above a finite one; infinite after the largest. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  VALUE[0] = value;
  // The bits of positive doubles, as integers, are in the order of the doubles; those of negative ones in the opposite.
  BITS[0]! += value > 0 ? 1n : -1n;
  return VALUE[0];
}

/** The greatest double below a finite one; infinite before the least. */
export function nextDown(value: number): number {
  return -nextUp(-value);
}
