import type { FeatureMatrix } from "../feature-matrix.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";
import {
  centered,
  learned,
  mapColumns,
  nonZeroScale,
  positiveScale,
  requirePresent,
  type Scaler,
  stretched,
} from "./scaler.js";

/**
 * Maps each feature's training range onto 0 … 1 as scikit-learn's MinMaxScaler: x · scale + offset with
 * scale = 1 / (max − min). A constant feature maps to 0; values outside the training range leave 0 … 1. NaN is ignored by
 * `fit` and kept by `transform`.
 */
export class MinMaxScaler implements Scaler {
  private constructor(
    readonly features: readonly string[],
    readonly scale: Float64Array,
    readonly offset: Float64Array,
  ) {}

  /** @throws MlsecError `no-values` for a feature without values, `not-finite` for infinite or overflowing ones. */
  static fit(matrix: FeatureMatrix): MinMaxScaler {
    const scale = new Float64Array(matrix.features.length);
    const offset = new Float64Array(matrix.features.length);
    for (const [index, values] of matrix.columns.entries()) {
      let min = Number.POSITIVE_INFINITY;
      let max = Number.NEGATIVE_INFINITY;
      for (let row = 0; row < values.length; row++) {
        const value = values[row]!;
        if (value < min) min = value;
        if (value > max) max = value;
      }
      const feature = matrix.features[index]!;
      requirePresent(min <= max ? 1 : 0, feature);
      scale[index] = 1 / nonZeroScale(learned(max - min, feature));
      offset[index] = learned(-min * scale[index]!, feature);
    }
    return new MinMaxScaler(matrix.features, scale, offset);
  }

  transform(matrix: FeatureMatrix): FeatureMatrix {
    return mapColumns(matrix, this.features, (values, i) => stretched(values, this.scale[i]!, this.offset[i]!));
  }

  transformValue(index: number, value: number): number {
    return value * this.scale[index]! + this.offset[index]!;
  }

  inverseTransform(matrix: FeatureMatrix): FeatureMatrix {
    return mapColumns(matrix, this.features, (values, i) => centered(values, this.offset[i]!, this.scale[i]!));
  }

  toState(): State {
    return { features: this.features, scale: this.scale, offset: this.offset };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  static fromState(state: unknown): MinMaxScaler {
    const reader = new StateReader(state, "MinMaxScaler");
    const features = reader.strings("features");
    return new MinMaxScaler(
      features,
      positiveScale(reader, features.length),
      reader.float64("offset", features.length),
    );
  }

  static fromJSON(json: Json): MinMaxScaler {
    return MinMaxScaler.fromState(json);
  }
}
