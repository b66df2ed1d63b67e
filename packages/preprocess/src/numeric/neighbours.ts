const DOUBLE = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** The least double above a finite one; infinite after the largest. IEEE 754's nextUp, but that zero has no sign. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  DOUBLE.setFloat64(0, value);
  // The bits of positive numbers, as integers, are in the order of the numbers; those of negative ones in the opposite.
  DOUBLE.setBigInt64(0, DOUBLE.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return DOUBLE.getFloat64(0) + 0;
}

/** The greatest double below a finite one; infinite before the least. */
export function nextDown(value: number): number {
  return 0 - nextUp(-value);
}

/** The least float32 above a finite one, such as `Math.fround` gives; infinite after the largest. */
export function nextUpFloat32(value: number): number {
  // The least of all: 2^-149.
  if (value === 0) return 1.401298464324817e-45;
  DOUBLE.setFloat32(0, value);
  DOUBLE.setInt32(0, DOUBLE.getInt32(0) + (value > 0 ? 1 : -1));
  return DOUBLE.getFloat32(0) + 0;
}

/** The greatest float32 below a finite one; infinite before the least. */
export function nextDownFloat32(value: number): number {
  return 0 - nextUpFloat32(-value);
}
