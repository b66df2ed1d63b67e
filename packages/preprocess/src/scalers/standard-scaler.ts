import type { FeatureMatrix } from "../feature-matrix.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";
import { EPSILON, learned, mapColumns, requireFeatures, requirePresent, type Scaler } from "./scaler.js";

/**
 * Standardises features: (x − mean) / standard deviation (the population's, as scikit-learn's StandardScaler). A feature
 * that is constant as far as its rounding errors tell is only centred. NaN is ignored by `fit` and kept by `transform`.
 */
export class StandardScaler implements Scaler {
  private constructor(
    readonly features: readonly string[],
    readonly mean: Float64Array,
    readonly scale: Float64Array,
  ) {}

  /** @throws MlsecError `no-values` for a feature without values, `not-finite` for infinite or overflowing ones. */
  static fit(matrix: FeatureMatrix): StandardScaler {
    const mean = new Float64Array(matrix.features.length);
    const scale = new Float64Array(matrix.features.length);
    for (const [index, values] of matrix.columns.entries()) {
      const moments = meanAndVariance(values);
      const feature = matrix.features[index]!;
      requirePresent(moments.count, feature);
      mean[index] = learned(moments.mean, feature);
      const deviation = Math.sqrt(learned(moments.variance, feature));
      scale[index] = isConstant(moments) ? 1 : deviation;
    }
    return new StandardScaler(matrix.features, mean, scale);
  }

  transform(matrix: FeatureMatrix): FeatureMatrix {
    requireFeatures(matrix, this.features);
    return mapColumns(matrix, (column) => {
      const mean = this.mean[column]!;
      const scale = this.scale[column]!;
      return (value) => (value - mean) / scale;
    });
  }

  toState(): State {
    return { features: this.features, mean: this.mean, scale: this.scale };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  static fromState(state: unknown): StandardScaler {
    const reader = new StateReader(state, "StandardScaler");
    const features = reader.strings("features");
    return new StandardScaler(
      features,
      reader.float64("mean", features.length),
      positiveScale(reader, features.length),
    );
  }

  static fromJSON(json: Json): StandardScaler {
    return StandardScaler.fromState(json);
  }
}

/** The field `scale`, checked to hold positive numbers: a zero would turn every value into ±∞. */
export function positiveScale(reader: StateReader, length: number): Float64Array {
  const scale = reader.float64("scale", length);
  if (scale.some((value) => value <= 0)) reader.fail("scale", "positive numbers");
  return scale;
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

/** Two passes, the first with compensated summation (Neumaier, 1974), the second corrected for what the mean's rounding left. */
function meanAndVariance(values: Float64Array): Moments {
  let sum = 0;
  let lost = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
    count++;
  }
  const mean = (sum + lost) / count;
  let squares = 0;
  let residue = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const deviation = value - mean;
    squares += deviation * deviation;
    residue += deviation;
  }
  return { count, mean, variance: (squares - (residue * residue) / count) / count };
}

/** scikit-learn's bound on the variance that rounding alone can produce in a constant feature. */
function isConstant({ count, mean, variance }: Moments): boolean {
  const rounding = count * mean * EPSILON;
  return variance <= count * EPSILON * variance + rounding * rounding;
}
