/** The values without NaN, in ascending order, as a new array. */
export function sortedPresent(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value));
  return sorted.sort();
}

/**
 * The quantile q (0 to 1) of ascending values, by linear interpolation between the two neighbours, as numpy's default
 * method computes it (from the nearer neighbour, so that both ends are exact). NaN where there are no values.
 */
export function quantileOfSorted(sorted: Float64Array, q: number): number {
  const place = (sorted.length - 1) * q;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  const share = place - below;
  const gap = high - low;
  // Between the two ends of float64's range the gap overflows; there the weighted mean is near enough.
  if (gap === Number.POSITIVE_INFINITY) return low * (1 - share) + high * share;
  return share < 0.5 ? low + gap * share : high - gap * (1 - share);
}
