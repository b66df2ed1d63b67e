import { listSome, MlsecError } from "../errors.js";
import type { FeatureMatrix } from "../feature-matrix.js";
import type { Json, State, StateReader } from "../state.js";

/** A fitted, immutable transformation of each feature on its own; feature names and order stay. */
export interface Scaler {
  readonly features: readonly string[];
  /** @throws MlsecError `feature-mismatch` unless the matrix has exactly the features of the fit, in order. */
  transform(matrix: FeatureMatrix): FeatureMatrix;
  /** One value of the feature at an index, transformed: the same bits as in a matrix. */
  transformValue(index: number, value: number): number;
  /**
   * Undoes `transform`, up to rounding.
   *
   * @throws MlsecError `feature-mismatch` unless the matrix has exactly the features of the fit, in order.
   */
  inverseTransform(matrix: FeatureMatrix): FeatureMatrix;
  toState(): State;
  toJSON(): Json;
}

/** @throws MlsecError `feature-mismatch`, naming what differs. */
export function requireFeatures(matrix: FeatureMatrix, features: readonly string[]): void {
  if (matrix.features.length === features.length && features.every((name, index) => matrix.features[index] === name))
    return;
  const missing = features.filter((name) => !matrix.features.includes(name));
  const extra = matrix.features.filter((name) => !features.includes(name));
  const what =
    missing.length + extra.length === 0
      ? "they stand in another order"
      : [
          missing.length > 0 ? `missing are ${listSome(missing)}` : "",
          extra.length > 0 ? `unexpected are ${listSome(extra)}` : "",
        ]
          .filter(Boolean)
          .join("; ");
  throw new MlsecError(
    "feature-mismatch",
    `The matrix does not have the ${features.length} features of the fit: ${what}.`,
    { missing, extra },
  );
}

/** A matrix of the same features with every column made anew; checks first that it has those of the fit. */
export function mapColumns(
  matrix: FeatureMatrix,
  features: readonly string[],
  map: (values: Float64Array, index: number) => Float64Array,
): FeatureMatrix {
  requireFeatures(matrix, features);
  return { rows: matrix.rows, features: matrix.features, columns: matrix.columns.map(map) };
}

/** (value − center) / scale, for every value. */
export function centered(values: Float64Array, center: number, scale: number): Float64Array {
  const made = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) made[i] = (values[i]! - center) / scale;
  return made;
}

/** value · scale + offset, for every value. */
export function stretched(values: Float64Array, scale: number, offset: number): Float64Array {
  const made = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) made[i] = values[i]! * scale + offset;
  return made;
}

/** The field `scale`, checked to hold positive numbers: a zero would turn every value into ±∞. */
export function positiveScale(reader: StateReader, length: number): Float64Array {
  const scale = reader.float64("scale", length);
  if (scale.some((value) => value <= 0)) reader.fail("scale", "positive numbers");
  return scale;
}

/** @throws MlsecError `no-values` for a column whose cells are all missing: nothing can be learned from it. */
export function requirePresent(count: number, feature: string): void {
  if (count > 0) return;
  throw new MlsecError(
    "no-values",
    `Feature ${JSON.stringify(feature)} has no values at all to fit on. Drop the column.`,
    { column: feature },
  );
}

/**
 * A number learned from a feature, checked; −0 becomes 0, because JSON does not know it.
 *
 * @throws MlsecError `not-finite` where the feature holds infinities, or values so large that they overflow.
 */
export function learned(value: number, feature: string): number {
  if (value - value === 0) return value + 0;
  throw new MlsecError(
    "not-finite",
    `Feature ${JSON.stringify(feature)} has infinite values, or values too large to scale. Remove these rows or clip them.`,
    { column: feature },
  );
}

/** Machine epsilon of float64, the unit of scikit-learn's rules for "constant". */
export const EPSILON: number = Number.EPSILON;

/** A divisor that cannot blow up: 1 for a scale that scikit-learn takes for zero (below 10 ε). */
export function nonZeroScale(scale: number): number {
  return scale < 10 * EPSILON ? 1 : scale;
}
