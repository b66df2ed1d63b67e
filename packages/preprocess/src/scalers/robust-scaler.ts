import type { FeatureMatrix } from "../feature-matrix.js";
import { quantileOfSorted, sortedPresent } from "../quantile.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";
import { learned, mapColumns, nonZeroScale, requireFeatures, requirePresent, type Scaler } from "./scaler.js";
import { positiveScale } from "./standard-scaler.js";

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
      const sorted = sortedPresent(values);
      const feature = matrix.features[index]!;
      requirePresent(sorted.length, feature);
      // The quartiles alone would let an infinity at either end pass.
      learned(sorted[0]!, feature);
      learned(sorted[sorted.length - 1]!, feature);
      center[index] = learned(quantileOfSorted(sorted, 0.5), feature);
      scale[index] = nonZeroScale(learned(quantileOfSorted(sorted, 0.75) - quantileOfSorted(sorted, 0.25), feature));
    }
    return new RobustScaler(matrix.features, center, scale);
  }

  transform(matrix: FeatureMatrix): FeatureMatrix {
    requireFeatures(matrix, this.features);
    return mapColumns(matrix, (column) => {
      const center = this.center[column]!;
      const scale = this.scale[column]!;
      return (value) => (value - center) / scale;
    });
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
