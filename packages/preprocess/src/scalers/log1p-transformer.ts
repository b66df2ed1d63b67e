import type { FeatureMatrix } from "../feature-matrix.js";
import { expm1, log1p } from "../numeric/index.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";
import { mapColumns, type Scaler } from "./scaler.js";

/**
 * sign(x) · ln(1 + |x|), for heavy-tailed counts of either sign: it learns nothing but the names of its features. As
 * scikit-learn's FunctionTransformer around numpy's `log1p` for numbers from 0 up. NaN and the sign of zero are kept.
 */
export class Log1pTransformer implements Scaler {
  private constructor(readonly features: readonly string[]) {}

  static fit({ features }: Pick<FeatureMatrix, "features">): Log1pTransformer {
    return new Log1pTransformer(features);
  }

  transform(matrix: FeatureMatrix): FeatureMatrix {
    return mapColumns(matrix, this.features, (values) => mapValues(values, signedLog1p));
  }

  transformValue(_index: number, value: number): number {
    return signedLog1p(value);
  }

  inverseTransform(matrix: FeatureMatrix): FeatureMatrix {
    return mapColumns(matrix, this.features, (values) => mapValues(values, signedExpm1));
  }

  toState(): State {
    return { features: this.features };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  static fromState(state: unknown): Log1pTransformer {
    return new Log1pTransformer(new StateReader(state, "Log1pTransformer").strings("features"));
  }

  static fromJSON(json: Json): Log1pTransformer {
    return Log1pTransformer.fromState(json);
  }
}

function signedLog1p(value: number): number {
  return value < 0 ? -log1p(-value) : log1p(value);
}

function signedExpm1(value: number): number {
  return value < 0 ? -expm1(-value) : expm1(value);
}

function mapValues(values: Float64Array, map: (value: number) => number): Float64Array {
  const made = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) made[i] = map(values[i]!);
  return made;
}
