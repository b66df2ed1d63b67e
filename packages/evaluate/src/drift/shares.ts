import { log } from "@mlsec/preprocess/numeric";
import { normalTailPoint } from "../normal-quantile.js";

/** How two counts of the same bins differ. */
export interface ShareDrift {
  /**
   * Population stability index: Σ (q − p) · ln(q ÷ p) over bins, p and q being the bins' shares in training and now
   * (Siddiqi, 2006), with half a row added to every bin, so that an empty one does not make it infinite.
   */
  readonly psi: number;
  /**
   * What the index stays below by chance alone, but for the given tail: (1/n + 1/m) times a quantile of χ² (Yurdakul, 2018),
   * as both sides are samples. The quantile is Wilson and Hilferty's approximation (1931).
   */
  readonly psiByChance: number;
}

/** @param reference @param now rows of each bin. @param tail how often chance may go beyond `psiByChance`, above 0. */
export function driftOfShares(reference: readonly number[], now: readonly number[], tail: number): ShareDrift {
  const [p, q] = [sharesOf(reference), sharesOf(now)];
  return {
    psi: p.reduce((sum, share, bin) => sum + (q[bin]! - share) * log(q[bin]! / share), 0),
    psiByChance: (1 / sumOf(reference) + 1 / sumOf(now)) * chiSquarePoint(tail, reference.length - 1),
  };
}

/** The point above which χ² of so many degrees lies with a given probability. */
function chiSquarePoint(tail: number, degrees: number): number {
  if (degrees === 0) return 0;
  const ninth = 2 / (9 * degrees);
  const root = 1 - ninth + normalTailPoint(tail) * Math.sqrt(ninth);
  return degrees * root * root * root;
}

function sharesOf(counts: readonly number[]): number[] {
  const total = sumOf(counts) + counts.length / 2;
  return counts.map((count) => (count + 0.5) / total);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
