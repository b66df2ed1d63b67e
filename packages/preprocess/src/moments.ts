/** Number of present values, their mean, and their variance (the population's). */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

/** The sum of the values that are not NaN, compensated (Neumaier, 1974), and their number. */
export function presentSum(values: Float64Array): { sum: number; count: number } {
  let sum = 0;
  let lost = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
    count++;
  }
  return { sum: sum + lost, count };
}

/** Two passes: the second, around the mean, is corrected for what the mean's rounding left. */
export function momentsOf(values: Float64Array): Moments {
  const { sum, count } = presentSum(values);
  const mean = sum / count;
  let squares = 0;
  let residue = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const deviation = value - mean;
    squares += deviation * deviation;
    residue += deviation;
  }
  return { count, mean, variance: (squares - (residue * residue) / count) / count };
}
