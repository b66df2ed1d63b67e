import type { Preprocessor } from "@mlsec/preprocess";

/**
 * The greatest number in a feature's input column that goes left at a threshold of the tree: a cell goes left if and only if
 * it is at most this. Found by bisection over all doubles, with the very functions that the preprocessor applies, so that
 * not a bit separates what is said from what is done.
 *
 * @throws MlsecError `wrong-type` where the feature is made of a text.
 */
export function rawBoundary(preprocessor: Preprocessor, feature: number, threshold: number): number {
  // Not "at most": below the domain of a logarithm there is NaN, which is below everything here.
  const goesLeft = (value: number): boolean => !(Math.fround(preprocessor.transformNumber(feature, value)) > threshold);
  let left = rankOf(-Number.MAX_VALUE);
  let right = rankOf(Number.MAX_VALUE);
  if (goesLeft(Number.MAX_VALUE)) return Number.MAX_VALUE;
  while (right - left > 1n) {
    const middle = (left + right) >> 1n;
    if (goesLeft(valueAt(middle))) left = middle;
    else right = middle;
  }
  return valueAt(left);
}

const BITS = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** The place of a double among all doubles in ascending order; 0 for both zeros. */
function rankOf(value: number): bigint {
  BITS.setFloat64(0, value);
  const bits = BITS.getBigInt64(0);
  return bits >= 0n ? bits : -(bits & 0x7fffffffffffffffn);
}

function valueAt(rank: bigint): number {
  BITS.setBigInt64(0, rank < 0n ? -rank : rank);
  const size = BITS.getFloat64(0);
  return rank < 0n ? -size : size;
}
