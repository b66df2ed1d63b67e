import type { NumberSketch } from "@mlsec/preprocess";
import { driftOfShares, type ShareDrift } from "./shares.js";

/** Values of a reference column that bins begin and end at, ascending and distinct, with its rows below and up to each. */
interface Edges {
  readonly values: Float64Array;
  readonly below: readonly number[];
  readonly upTo: readonly number[];
}

/** How the numbers of a column differ from those of training. */
export interface NumberDrift extends ShareDrift {
  /** Kolmogorov and Smirnov's statistic: the largest difference of the two distribution functions at the sketch's quantiles. */
  readonly ks: number;
  /**
   * Wasserstein's distance (of order 1) in the column's unit: how far values have to be moved on the mean to make one
   * distribution the other; between quantiles as if both went straight.
   */
  readonly wasserstein: number;
  /** The same over the range of training from 5 % to 95 %, or where that is none from least to greatest; null without a range. */
  readonly wassersteinScaled: number | null;
  /** Share of the finite values that lie outside of training's range, 0 to 1. */
  readonly outOfRange: number;
}

/** Counts a column's numbers in the bins of its training sketch, however many there are. */
export class NumberCounts {
  /** Finite values; missing cells; infinities. */
  count = 0;
  missing = 0;
  infinite = 0;
  private readonly edges: Edges;
  /** Per bin: below the first edge, at it, between it and the next, …, above the last. */
  private readonly bins: Float64Array;
  /** How far values lie below training's least and above its greatest, summed. */
  private under = 0;
  private over = 0;

  constructor(private readonly sketch: NumberSketch) {
    this.edges = edgesOf(sketch);
    this.bins = new Float64Array(2 * this.edges.values.length + 1);
  }

  add(values: Float64Array): void {
    const { values: edges } = this.edges;
    const least = edges[0] ?? 0;
    const greatest = edges.at(-1) ?? 0;
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (Number.isNaN(value)) this.missing++;
      else if (value - value !== 0) this.infinite++;
      else {
        this.count++;
        this.bins[binOf(edges, value)]!++;
        if (value < least) this.under += least - value;
        else if (value > greatest) this.over += value - greatest;
      }
    }
  }

  /** Null where one side has no finite value. @param tail as for `driftOfShares`. */
  drift(tail: number): NumberDrift | null {
    const { values, below, upTo } = this.edges;
    const known = this.sketch.count - this.sketch.missing - this.sketch.infinite;
    if (known === 0 || this.count === 0) return null;
    // Differences of the distribution functions just below each edge and at it.
    let passed = 0;
    const before = new Float64Array(values.length);
    const at = new Float64Array(values.length);
    for (let edge = 0; edge < values.length; edge++) {
      passed += this.bins[2 * edge]!;
      before[edge] = passed / this.count - below[edge]! / known;
      passed += this.bins[2 * edge + 1]!;
      at[edge] = passed / this.count - upTo[edge]! / known;
    }
    const wasserstein = distance(values, before, at) + (this.under + this.over) / this.count;
    const range = scaleOf(this.sketch.quantiles);
    return {
      ...driftOfShares(...this.wideBins(known), tail),
      ks: [...before, ...at].reduce((most, difference) => Math.max(most, Math.abs(difference)), 0),
      wasserstein,
      wassersteinScaled: range === 0 ? null : wasserstein / range,
      outOfRange: (this.bins[0]! + this.bins.at(-1)!) / this.count,
    };
  }

  /** Neighbouring bins joined until each has a twentieth of training's rows: few enough that chance does not fill them. */
  private wideBins(known: number): [reference: number[], now: number[]] {
    const { values, below, upTo } = this.edges;
    const reference: number[] = [];
    const now: number[] = [];
    let rows = 0;
    let rowsNow = this.bins[0]!;
    const close = (): void => {
      reference.push(rows);
      now.push(rowsNow);
      rows = rowsNow = 0;
    };
    for (let edge = 0; edge < values.length; edge++) {
      const between = below[edge]! - (edge === 0 ? 0 : upTo[edge - 1]!);
      const own = upTo[edge]! - below[edge]!;
      if (edge > 0) {
        rows += between;
        rowsNow += this.bins[2 * edge]!;
      }
      // A value that many rows have is a bin of its own.
      if (own >= known * WIDTH && rows >= known * WIDTH) close();
      rows += own;
      rowsNow += this.bins[2 * edge + 1]!;
      if (rows >= known * WIDTH) close();
    }
    rowsNow += this.bins.at(-1)!;
    // What is left belongs to the last bin.
    if (reference.length === 0) close();
    else {
      reference[reference.length - 1]! += rows;
      now[now.length - 1]! += rowsNow;
    }
    return [reference, now];
  }
}

/** Least share of training's rows in a bin. */
const WIDTH = 0.05;

function edgesOf({ quantiles, below, upTo }: NumberSketch): Edges {
  const firsts = quantiles.flatMap((value, place) => (place === 0 || value !== quantiles[place - 1] ? [place] : []));
  return {
    values: Float64Array.from(firsts, (place) => quantiles[place]!),
    below: firsts.map((place) => below[place]!),
    upTo: firsts.map((place) => upTo[place]!),
  };
}

/** Twice the number of edges below a value, and one more where it is an edge itself. */
function binOf(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return edges[low] === value ? 2 * low + 1 : 2 * low;
}

/** The area between the distribution functions from the first edge to the last, each difference going straight between two. */
function distance(edges: Float64Array, before: Float64Array, at: Float64Array): number {
  let area = 0;
  for (let edge = 1; edge < edges.length; edge++) {
    const width = edges[edge]! - edges[edge - 1]!;
    const from = at[edge - 1]!;
    const to = before[edge]!;
    const mean = (Math.abs(from) + Math.abs(to)) / 2;
    // Where the sign changes on the way there are two triangles instead of a trapezium.
    area += width * (from * to < 0 ? (from * from + to * to) / (2 * (Math.abs(from) + Math.abs(to))) : mean);
  }
  return area;
}

function scaleOf(quantiles: readonly number[]): number {
  const at = (share: number): number => quantiles[Math.round(share * (quantiles.length - 1))]!;
  return at(0.95) - at(0.05) || at(1) - at(0);
}
