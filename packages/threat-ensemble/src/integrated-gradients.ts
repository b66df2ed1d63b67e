/** A function of several numbers: its value at a point, whose gradient it writes. */
export type Differentiable = (point: Float64Array, gradient: Float64Array) => number;

/** What is on the path from the baseline to the row. */
interface Place {
  /** 0 at the baseline, 1 at the row. */
  readonly share: number;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A piece of the path with its ends and its middle, and how far Simpson's rule is from the difference of its ends. */
interface Piece {
  readonly from: Place;
  readonly middle: Place;
  readonly to: Place;
  readonly residual: number;
}

/** How far the attributions may be from the difference that they sum to: half of what is promised for float32 scores. */
const TOLERANCE = 5e-4;

/** Most pieces of a path. Smooth scores need a dozen, steep ones some fifty. */
const MAX_PIECES = 4096;

/**
 * Integrated gradients (Sundararajan, Taly, Yan 2017, "Axiomatic attribution for deep networks"): for each input, its
 * difference from the baseline times the mean of the gradient on the straight path there. They sum to the difference of
 * the function's values at both ends, which is known; so is the difference over every piece of the path. The path is
 * therefore cut where the integral is least exact, until what is missing in all is at most 5e-4.
 *
 * @returns an attribution for each input.
 */
export function integratedGradients(f: Differentiable, baseline: Float64Array, row: Float64Array): Float64Array {
  const way = row.map((value, i) => value - baseline[i]!);
  const at = (share: number): Place => {
    const gradient = new Float64Array(row.length);
    // The ends are exact, so that the values there are those of the row and the baseline.
    const point = share === 1 ? row : way.map((value, i) => baseline[i]! + share * value);
    return { share, value: f(point, gradient), gradient };
  };
  const piece = (from: Place, to: Place): Piece => {
    const middle = at((from.share + to.share) / 2);
    const third = (to.share - from.share) / 6;
    let sum = 0;
    for (let i = 0; i < way.length; i++)
      sum += way[i]! * third * (from.gradient[i]! + 4 * middle.gradient[i]! + to.gradient[i]!);
    return { from, middle, to, residual: Math.abs(to.value - from.value - sum) };
  };
  const pieces = [piece(at(0), at(1))];
  while (pieces.length < MAX_PIECES && pieces.reduce((sum, { residual }) => sum + residual, 0) > TOLERANCE) {
    const worst = pieces.reduce((index, { residual }, i) => (residual > pieces[index]!.residual ? i : index), 0);
    const { from, middle, to } = pieces[worst]!;
    pieces.splice(worst, 1, piece(from, middle), piece(middle, to));
  }
  const attributions = new Float64Array(row.length);
  for (const { from, middle, to } of pieces) {
    const third = (to.share - from.share) / 6;
    for (let i = 0; i < way.length; i++)
      attributions[i]! += way[i]! * third * (from.gradient[i]! + 4 * middle.gradient[i]! + to.gradient[i]!);
  }
  return attributions;
}
