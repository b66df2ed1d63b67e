/**
 * k of n to two decimals, as the rows of KDD have it: the quotient in single precision, rounded half to even (C's `"%.2f"` of a
 * `float`). Every rate of NSL-KDD whose n is known is such a quotient; with a double or with halves rounded up, 3 of 40 would be
 * 0.07, and 1 of 8 be 0.13.
 */
export function roundedRate(k: number, n: number): number {
  // Exact: 24 bits times 100.
  const hundredths = Math.fround(k / n) * 100;
  const whole = Math.floor(hundredths);
  const rest = hundredths - whole;
  return (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole) / 100;
}

/** k of n. */
export function exactRate(k: number, n: number): number {
  return k / n;
}
