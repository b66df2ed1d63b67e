import { exp, log1p } from "@mlsec/preprocess/numeric";

/** Binary cross-entropy of a logit: ln(1 + e^z) − y·z, computed so that nothing overflows. */
export function crossEntropy(logit: number, target: number): number {
  const magnitude = Math.abs(logit);
  return Math.max(logit, 0) - logit * target + log1p(exp(-magnitude));
}
