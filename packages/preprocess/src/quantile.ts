import { type Ranked, selectRanks } from "./select-ranks.js";

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
  const { below, above, share } = neighbours(sorted.length, q);
  return interpolated(sorted[below] ?? Number.NaN, sorted[above] ?? Number.NaN, share);
}

/** Several quantiles of values in any order, NaN passed over; equal to those of `quantileOfSorted`, found without sorting. */
export function quantiles(
  values: Float64Array,
  qs: readonly number[],
): Pick<Ranked, "count" | "infinite"> & { readonly quantiles: Float64Array } {
  const {
    count,
    infinite,
    values: found,
  } = selectRanks(values, (present) =>
    present === 0 ? [] : qs.flatMap((q) => [neighbours(present, q).below, neighbours(present, q).above]),
  );
  return {
    count,
    infinite,
    quantiles: Float64Array.from(qs, (q, i) =>
      interpolated(found[2 * i] ?? Number.NaN, found[2 * i + 1] ?? Number.NaN, neighbours(count, q).share),
    ),
  };
}

/** The ranks between which a quantile of so many values lies, and how far it is from the lower to the upper one. */
function neighbours(count: number, q: number): { below: number; above: number; share: number } {
  const place = (count - 1) * q;
  const below = Math.floor(place);
  return { below, above: Math.min(below + 1, count - 1), share: place - below };
}

function interpolated(low: number, high: number, share: number): number {
  const gap = high - low;
  // Between the two ends of float64's range the gap overflows; there the weighted mean is near enough.
  if (gap === Number.POSITIVE_INFINITY) return low * (1 - share) + high * share;
  return share < 0.5 ? low + gap * share : high - gap * (1 - share);
}
