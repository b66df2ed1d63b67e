import { type FeatureMatrix, type Json, MlsecError } from "@mlsec/preprocess";
import { pearsonCorrelation } from "./correlation.js";

export interface CorrelationFilterOptions {
  /** |r| above which the later of two features is removed, from 0 to 1. Default 0.85. */
  readonly threshold?: number | undefined;
}

/** A feature that the filter removed, the earlier feature that it is most correlated with, and their correlation. */
export interface CorrelatedFeature {
  readonly feature: string;
  readonly because: string;
  readonly correlation: number;
}

/** What the correlation filter decided. */
export class CorrelationFilter {
  constructor(
    readonly threshold: number,
    /** Features that stay, in order. */
    readonly kept: readonly string[],
    readonly removed: readonly CorrelatedFeature[],
    /** Constant features: they have no correlation, and stay. */
    readonly constant: readonly string[],
  ) {}

  toJSON(): Json {
    return {
      threshold: this.threshold,
      kept: this.kept,
      removed: this.removed.map((entry) => ({ ...entry })),
      constant: this.constant,
    };
  }
}

/**
 * Removes features that repeat earlier ones: walking the features in order, one is removed if |r| with any earlier
 * feature, itself removed or not, exceeds the threshold. Constant features have no correlation and stay.
 *
 * @throws MlsecError `not-finite`, `invalid-option`.
 */
export function correlationFilter(
  matrix: FeatureMatrix,
  { threshold = 0.85 }: CorrelationFilterOptions = {},
): CorrelationFilter {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new MlsecError("invalid-option", `The correlation threshold must lie from 0 to 1, not ${threshold}.`, {
      got: threshold,
    });
  }
  const count = matrix.features.length;
  const correlations = pearsonCorrelation(matrix);
  const kept: string[] = [];
  const removed: CorrelatedFeature[] = [];
  for (const [index, feature] of matrix.features.entries()) {
    let strongest = -1;
    for (let earlier = 0; earlier < index; earlier++) {
      const strength = Math.abs(correlations[index * count + earlier]!);
      if (strength > threshold && (strongest === -1 || strength > Math.abs(correlations[index * count + strongest]!)))
        strongest = earlier;
    }
    if (strongest === -1) kept.push(feature);
    else
      removed.push({
        feature,
        because: matrix.features[strongest]!,
        correlation: correlations[index * count + strongest]!,
      });
  }
  const constant = matrix.features.filter((_, index) => Number.isNaN(correlations[index * count + index]));
  return new CorrelationFilter(threshold, kept, removed, constant);
}
