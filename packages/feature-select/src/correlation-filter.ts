import { type FeatureMatrix, type Json, MlsecError, StateReader, type StepSpec } from "@mlsec/preprocess";
import { type CorrelationOptions, pearsonCorrelation, spearmanCorrelation } from "./correlation.js";
import { textTable } from "./text-table.js";

const METHODS = ["pearson", "spearman"] as const;
type Method = (typeof METHODS)[number];

export interface CorrelationFilterOptions extends CorrelationOptions {
  /** |r| above which the later of two features is removed, from 0 to 1. Default 0.85. */
  readonly threshold?: number | undefined;
  /** Which correlation. Default `"pearson"`. */
  readonly method?: Method | undefined;
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
    readonly method: Method,
    /** Features that stay, in order. */
    readonly kept: readonly string[],
    readonly removed: readonly CorrelatedFeature[],
    /** Constant features, and features without a single value: they have no correlation, and stay. */
    readonly constant: readonly string[],
  ) {}

  /** The features that stay, as a step of a `Preprocessor`. */
  toStep(): StepSpec {
    return { step: "keepColumns", columns: [...this.kept] };
  }

  /** What was removed because of what, as a table. */
  toText(): string {
    const rows = this.removed.map(({ feature, because, correlation }) => [feature, because, correlation.toFixed(4)]);
    return `${textTable(["removed", "because of", "correlation"], rows)}kept ${this.kept.length}, removed ${this.removed.length}, constant ${this.constant.length}\n`;
  }

  toJSON(): Json {
    return {
      threshold: this.threshold,
      method: this.method,
      kept: this.kept,
      removed: this.removed.map((entry) => ({ ...entry })),
      constant: this.constant,
    };
  }

  /** @throws MlsecError `invalid-state`. */
  static fromJSON(json: unknown): CorrelationFilter {
    const reader = new StateReader(json, "CorrelationFilter");
    return new CorrelationFilter(
      reader.number("threshold", { min: 0, max: 1 }),
      reader.oneOf("method", METHODS),
      reader.strings("kept"),
      reader.objects("removed").map((entry) => ({
        feature: entry.string("feature"),
        because: entry.string("because"),
        correlation: entry.number("correlation", { min: -1, max: 1 }),
      })),
      reader.strings("constant"),
    );
  }
}

/**
 * Removes features that repeat earlier ones: walking the features in order, one is removed if |r| with any earlier
 * feature, itself removed or not, exceeds the threshold. Constant features have no correlation and stay.
 *
 * @param options the threshold alone, or options.
 * @throws MlsecError `not-finite` for an infinity, and for NaN unless `missing` is `"pairwise"`; `invalid-option`.
 */
export function correlationFilter(
  matrix: FeatureMatrix,
  options: number | CorrelationFilterOptions = {},
): CorrelationFilter {
  const {
    threshold = 0.85,
    method = "pearson",
    missing,
  } = typeof options === "number" ? { threshold: options } : options;
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new MlsecError("invalid-option", `The correlation threshold must lie from 0 to 1, not ${threshold}.`, {
      option: "threshold",
      got: threshold,
    });
  }
  if (!METHODS.includes(method)) {
    throw new MlsecError("invalid-option", `method must be "pearson" or "spearman", not ${JSON.stringify(method)}.`, {
      option: "method",
      got: method,
    });
  }
  const count = matrix.features.length;
  const correlate = method === "pearson" ? pearsonCorrelation : spearmanCorrelation;
  const correlations = correlate(matrix, { missing });
  const kept: string[] = [];
  const removed: CorrelatedFeature[] = [];
  for (const [index, feature] of matrix.features.entries()) {
    const because = strongestEarlier(correlations.subarray(index * count, index * count + index), threshold);
    if (because === -1) kept.push(feature);
    else
      removed.push({
        feature,
        because: matrix.features[because]!,
        correlation: correlations[index * count + because]!,
      });
  }
  const constant = matrix.features.filter((_, index) => Number.isNaN(correlations[index * count + index]));
  return new CorrelationFilter(threshold, method, kept, removed, constant);
}

/** Place of the strongest correlation beyond the threshold, the first among equals; −1 where there is none. */
function strongestEarlier(correlations: Float64Array, threshold: number): number {
  let strongest = -1;
  let most = threshold;
  for (const [earlier, r] of correlations.entries()) {
    if (!(Math.abs(r) > most)) continue;
    strongest = earlier;
    most = Math.abs(r);
  }
  return strongest;
}
