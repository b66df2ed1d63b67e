import { type FeatureMatrix, type Json, MlsecError, momentsOf, StateReader, type StepSpec } from "@mlsec/preprocess";
import { invalidOption, requireFinite } from "./checks.js";
import { textTable } from "./text-table.js";

/** What the variance filter decided. */
export class VarianceFilter {
  constructor(
    readonly threshold: number,
    /** All features, in order. */
    readonly features: readonly string[],
    /** The variance of each. */
    readonly variances: Float64Array,
  ) {}

  /** The features that stay, in order: those whose variance exceeds the threshold. */
  get kept(): string[] {
    return this.features.filter((_, index) => this.variances[index]! > this.threshold);
  }

  /** The features that go, in order. */
  get removed(): string[] {
    return this.features.filter((_, index) => !(this.variances[index]! > this.threshold));
  }

  /** The features that stay, as a step of a `Preprocessor`. */
  toStep(): StepSpec {
    return { step: "keepColumns", columns: this.kept };
  }

  /** Every feature with its variance, in order, and whether it stays, as a table. */
  toText(): string {
    const removed = new Set(this.removed);
    const rows = this.features.map((name, index) => [
      name,
      this.variances[index]!.toPrecision(5),
      removed.has(name) ? "removed" : "kept",
    ]);
    return `${textTable(["feature", "variance", ""], rows)}kept ${rows.length - removed.size}, removed ${removed.size}\n`;
  }

  toJSON(): Json {
    return { threshold: this.threshold, features: this.features, variances: [...this.variances] };
  }

  /** @throws MlsecError `invalid-state`. */
  static fromJSON(json: unknown): VarianceFilter {
    const reader = new StateReader(json, "VarianceFilter");
    const features = reader.strings("features");
    const variances = reader.float64("variances", features.length);
    return new VarianceFilter(reader.number("threshold", { min: 0 }), features, variances);
  }
}

/**
 * Removes features whose variance (the population's, of the values that are present) does not exceed a threshold, as
 * scikit-learn's `VarianceThreshold`; the default of 0 removes the constant ones. Variances are in squared units of their
 * feature, so a threshold above 0 suits features of one scale. A feature whose present values are all equal has variance
 * 0 exactly, whatever rounding says, and so has one without a value.
 *
 * @param matrix NaN where a value is missing.
 * @param threshold a finite number of at least 0.
 * @throws MlsecError `invalid-option`; `no-features` if the matrix has none or none would stay; `no-rows`; `not-finite`,
 *   naming the feature, for an infinity or a variance beyond float64.
 */
export function varianceFilter(matrix: FeatureMatrix, threshold: number = 0): VarianceFilter {
  if (!(threshold >= 0 && threshold < Number.POSITIVE_INFINITY)) {
    throw invalidOption("threshold", "a finite number of at least 0", threshold);
  }
  if (matrix.features.length === 0) throw new MlsecError("no-features", "There are no features to select from.");
  if (matrix.rows === 0) throw new MlsecError("no-rows", "There are no rows to select features by.");
  const variances = Float64Array.from(matrix.columns, (column, index) => varianceOf(column, matrix.features[index]!));
  const filter = new VarianceFilter(threshold, [...matrix.features], variances);
  if (filter.kept.length > 0) return filter;
  const largest = variances.reduce((a, b) => Math.max(a, b));
  throw new MlsecError(
    "no-features",
    `No feature has a variance above ${threshold}: the largest is ${largest}. Lower the threshold.`,
    { threshold, largest },
  );
}

function varianceOf(column: Float64Array, feature: string): number {
  requireFinite(column, feature, "a variance", true);
  const first = column.find((value) => !Number.isNaN(value));
  if (column.every((value) => value === first || Number.isNaN(value))) return 0;
  const { variance } = momentsOf(column);
  if (variance < Number.POSITIVE_INFINITY) return Math.max(0, variance);
  throw new MlsecError(
    "not-finite",
    `The variance of feature ${JSON.stringify(feature)} is beyond a double's range: scale the feature down first.`,
    { column: feature, variance },
  );
}
