import type { FeatureMatrix } from "../feature-matrix.js";
import { quantiles } from "../quantile.js";
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
 * Scales features by what outliers do not move: (x − median) / interquartile range, as scikit-learn's RobustScaler with
 * its defaults. A feature whose interquartile range is 0 is only centred. NaN is ignored by `fit` and kept by
 * `transform`.
 */
export class RobustScaler implements Scaler {
  private constructor(
    readonly features: readonly string[],
    readonly center: Float64Array,
    readonly scale: Float64Array,
  ) {}

  /** @throws MlsecError `no-values` for a feature without values, `not-finite` for infinite or overflowing ones. */
  static fit(matrix: FeatureMatrix): RobustScaler {
    const center = new Float64Array(matrix.features.length);
    const scale = new Float64Array(matrix.features.length);
    for (const [index, values] of matrix.columns.entries()) {
      const { count, infinite, quantiles: found } = quantiles(values, [0.25, 0.5, 0.75]);
      const feature = matrix.features[index]!;
      requirePresent(count, feature);
      // The quartiles alone would let an infinity at either end pass.
      center[index] = learned(infinite ? Number.NaN : found[1]!, feature);
      scale[index] = nonZeroScale(learned(found[2]! - found[0]!, feature));
    }
    return new RobustScaler(matrix.features, center, scale);
  }

  transform(matrix: FeatureMatrix): FeatureMatrix {
    return mapColumns(matrix, this.features, (values, i) => centered(values, this.center[i]!, this.scale[i]!));
  }

  transformValue(index: number, value: number): number {
    return (value - this.center[index]!) / this.scale[index]!;
  }

  inverseTransform(matrix: FeatureMatrix): FeatureMatrix {
    return mapColumns(matrix, this.features, (values, i) => stretched(values, this.scale[i]!, this.center[i]!));
  }

  toState(): State {
    return { features: this.features, center: this.center, scale: this.scale };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  static fromState(state: unknown): RobustScaler {
    const reader = new StateReader(state, "RobustScaler");
    const features = reader.strings("features");
    return new RobustScaler(
      features,
      reader.float64("center", features.length),
      positiveScale(reader, features.length),
    );
  }

  static fromJSON(json: Json): RobustScaler {
    return RobustScaler.fromState(json);
  }
}
