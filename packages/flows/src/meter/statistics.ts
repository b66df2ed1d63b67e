/**
 * Running statistics at a place of a slab: mean, then the sum of squared deviations, updated as SummaryStatistics of Apache
 * Commons Math 3 updates them, so that results are those of the Java meters to the last bits
 * (https://commons.apache.org/proper/commons-math/javadocs/api-3.6.1/org/apache/commons/math3/stat/descriptive/moment/SecondMoment.html).
 *
 * @param n how many values there are with this one.
 */
export function addValue(numbers: Float64Array, at: number, n: number, value: number): void {
  const deviation = value - numbers[at]!;
  const share = deviation / n;
  numbers[at] = numbers[at]! + share;
  numbers[at + 1] = numbers[at + 1]! + (n - 1) * deviation * share;
}

/** As `addValue`, with minimum and maximum after it. */
export function addRanged(numbers: Float64Array, at: number, n: number, value: number): void {
  addValue(numbers, at, n, value);
  if (n === 1 || value < numbers[at + 2]!) numbers[at + 2] = value;
  if (n === 1 || value > numbers[at + 3]!) numbers[at + 3] = value;
}

/** The sample variance of n values (n − 1 in the denominator); 0 of one, NaN of none. */
export function varianceOf(numbers: Float64Array, at: number, n: number): number {
  return n > 1 ? numbers[at + 1]! / (n - 1) : n === 1 ? 0 : Number.NaN;
}
