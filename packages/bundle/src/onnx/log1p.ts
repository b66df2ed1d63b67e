import { Arithmetic, cast } from "./arithmetic.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** The constants of section 10 of docs/bundle-format.md. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LOG2_E = Math.LOG2E;
/** Where 1 + f passes the root of 2, of which the format takes 20 bits. */
const ROOT_2 = 1 + 0x6a09e / 0x100000;
/** Most that a double's exponent can be. */
const MAX_EXPONENT = 1023;
const SERIES: readonly number[] = [
  2 / 25,
  2 / 23,
  2 / 21,
  2 / 19,
  2 / 17,
  2 / 15,
  2 / 13,
  2 / 11,
  2 / 9,
  2 / 7,
  2 / 5,
  2 / 3,
];

/**
 * x < 0 ? −ln(1 − x) : ln(1 + x) of doubles, in the operations that the bundle format gives, so that the result has the same
 * bits wherever doubles are IEEE's: with the runtime's logarithm, a number could fall on the other side of a tree's threshold.
 * NaN and infinities stay.
 */
export function signedLog1p(graph: GraphBuilder, x: Value): Value {
  const math = new Arithmetic(graph);
  const size = math.absolute(x);
  const isWithin = math.isAtLeast(Number.MAX_VALUE, size);
  const a = math.where(isWithin, size, 0);
  const sum = math.add(1, a);
  const { k, f } = split(graph, math, sum);
  // 1 + a needs no scaling: a itself is the fraction, and nothing was rounded away.
  const isSmall = math.isLess(k, 1);
  const fraction = math.where(isSmall, a, f);
  const rounded = math.where(
    math.isAtLeast(a, 1),
    math.subtract(1, math.subtract(sum, a)),
    math.subtract(a, math.subtract(sum, 1)),
  );
  const lost = math.where(isSmall, 0, math.divide(rounded, sum));
  const s = math.divide(fraction, math.add(2, fraction));
  const half = math.multiply(math.multiply(0.5, fraction), fraction);
  const low = math.add(math.multiply(k, LN2_LOW), lost);
  const small = math.subtract(math.subtract(half, math.add(remainder(math, half, s), low)), fraction);
  const logarithm = math.subtract(math.multiply(k, LN2_HIGH), small);
  const signed = math.where(math.isLess(x, 0), math.of("Neg", logarithm), logarithm);
  return math.where(isWithin, signed, x);
}

/** A number from 1 up as 2^k · (1 + f) with 1 + f about from √½ to √2, both exact. */
function split(graph: GraphBuilder, math: Arithmetic, x: Value): { readonly k: Value; readonly f: Value } {
  const powers = graph.doubles(
    "powers of 2",
    Float64Array.from({ length: MAX_EXPONENT + 1 }, (_, exponent) => twoTo(exponent)),
  );
  // The runtime's logarithm only guesses the exponent, one too much or too little at most.
  const guess = math.clamp(math.of("Floor", math.multiply(math.of("Log", x), LOG2_E)), 0, MAX_EXPONENT);
  const place = cast(graph, guess, "int64");
  const guessed = math.divide(x, graph.node("Gather", [powers, place]));
  const isTooLow = math.isAtLeast(guessed, 2);
  const isTooHigh = math.isLess(guessed, 1);
  const exponent = math.add(guess, math.where(isTooLow, 1, math.where(isTooHigh, -1, 0)));
  const mantissa = math.multiply(guessed, math.where(isTooLow, 0.5, math.where(isTooHigh, 2, 1)));
  const isOverRoot = math.isAtLeast(mantissa, ROOT_2);
  return {
    k: math.add(exponent, math.where(isOverRoot, 1, 0)),
    f: math.subtract(math.multiply(mantissa, math.where(isOverRoot, 0.5, 1)), 1),
  };
}

function twoTo(exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power *= 2;
  return power;
}

/** R of the format. @param half 0.5 · f · f. */
function remainder(math: Arithmetic, half: Value, s: Value): Value {
  const z = math.multiply(s, s);
  const [first, ...rest] = SERIES;
  let sum: Value | number = first!;
  for (const coefficient of rest) sum = math.add(math.multiply(sum, z), coefficient);
  return math.multiply(s, math.add(half, math.multiply(z, sum)));
}
