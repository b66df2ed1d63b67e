import type { NumberSketch } from "@mlsec/preprocess";

/** Finite numbers by their place among the points of a sketch: its different quantiles, ascending. */
export interface CountedNumbers {
  /** Place 2i + 1 holds the values that equal point i, place 2i those between the points i − 1 and i, the ends being open. */
  readonly counts: Float64Array;
  /** For each place between points, the sum of the values' distances from the point below; for the first, from that above. */
  readonly offsets: Float64Array;
}

/**
 * Numbers, counted by the points of a sketch, so that the shares of values that repeat are exact (most columns of network
 * traffic are mostly 0) and the memory does not grow.
 */
export class NumberCounts implements CountedNumbers {
  readonly points: Float64Array;
  rows = 0;
  missing = 0;
  infinite = 0;
  readonly counts: Float64Array;
  readonly offsets: Float64Array;

  constructor({ quantiles }: NumberSketch) {
    this.points = Float64Array.from(quantiles.filter((value, i) => value !== quantiles[i - 1]));
    this.counts = new Float64Array(2 * this.points.length + 1);
    this.offsets = new Float64Array(this.points.length + 1);
  }

  add(values: Float64Array): void {
    const { points, counts, offsets } = this;
    this.rows += values.length;
    for (const value of values) {
      if (value - value !== 0) {
        if (Number.isNaN(value)) this.missing++;
        else this.infinite++;
        continue;
      }
      let low = 0;
      let high = points.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (points[middle]! < value) low = middle + 1;
        else high = middle;
      }
      if (points[low] === value) {
        counts[2 * low + 1]!++;
        continue;
      }
      counts[2 * low]!++;
      if (points.length > 0) offsets[low]! += low === 0 ? points[0]! - value : value - points[low - 1]!;
    }
  }
}

/**
 * What a sketch knows of its own values. The counts are exact. The values between two points are taken to lie in their middle on average; but in the widest place
 * (by its width and its rows: usually the long tail, from 97.5 % to the maximum) where the mean of all says that they do.
 */
export function expectedNumbers(sketch: NumberSketch, points: Float64Array): CountedNumbers {
  const places = Array.from(points, (point) => sketch.quantiles.indexOf(point));
  const below = places.map((place) => sketch.below[place]!);
  const upTo = places.map((place) => sketch.upTo[place]!);
  const finite = sketch.count - sketch.missing - sketch.infinite;
  const counts = new Float64Array(2 * points.length + 1);
  const offsets = new Float64Array(points.length + 1);
  for (let i = 0; i <= points.length; i++) {
    counts[2 * i] = (below[i] ?? finite) - (upTo[i - 1] ?? 0);
    if (i < points.length) counts[2 * i + 1] = upTo[i]! - below[i]!;
  }
  const most = (i: number): number => counts[2 * i]! * (points[i]! - points[i - 1]!);
  let widest = 0;
  for (let i = 1; i < points.length; i++) {
    offsets[i] = most(i) / 2;
    if (widest === 0 || most(i) > most(widest)) widest = i;
  }
  if (widest > 0) {
    let others = 0;
    for (let i = 0; i < points.length; i++)
      others += (counts[2 * i + 1]! + counts[2 * i + 2]!) * points[i]! + offsets[i]!;
    const rest = finite * sketch.mean - (others - offsets[widest]!);
    if (Number.isFinite(rest)) offsets[widest] = Math.min(most(widest), Math.max(0, rest));
  }
  return { counts, offsets };
}
