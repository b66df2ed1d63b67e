import type { FeatureMatrix } from "../feature-matrix.js";
import { type Moments, momentsOf } from "../moments.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";
import {
  centered,
  EPSILON,
  learned,
  mapColumns,
  positiveScale,
  requirePresent,
  type Scaler,
  stretched,
} from "./scaler.js";

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
      const moments = momentsOf(values);
      const feature = matrix.features[index]!;
      requirePresent(moments.count, feature);
      mean[index] = learned(moments.mean, feature);
      const deviation = Math.sqrt(learned(moments.variance, feature));
      scale[index] = isConstant(moments) ? 1 : deviation;
    }
    return new StandardScaler(matrix.features, mean, scale);
  }

  transform(matrix: FeatureMatrix): FeatureMatrix {
    return mapColumns(matrix, this.features, (values, i) => centered(values, this.mean[i]!, this.scale[i]!));
  }

  transformValue(index: number, value: number): number {
    return (value - this.mean[index]!) / this.scale[index]!;
  }

  inverseTransform(matrix: FeatureMatrix): FeatureMatrix {
    return mapColumns(matrix, this.features, (values, i) => stretched(values, this.scale[i]!, this.mean[i]!));
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

/** scikit-learn's bound on the variance that rounding alone can produce in a constant feature. */
function isConstant({ count, mean, variance }: Moments): boolean {
  const rounding = count * mean * EPSILON;
  return variance <= count * EPSILON * variance + rounding * rounding;
}
