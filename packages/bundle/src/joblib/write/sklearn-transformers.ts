import type { Target } from "./targets.js";
import { dict, numberArray, PythonFloat, textArray, WritableObject, WritableTuple } from "./values.js";

/** scikit-learn's LabelEncoder with these classes, whose places are their codes. */
export function labelEncoder(classes: readonly string[], { release }: Target): WritableObject {
  return new WritableObject(
    "sklearn.preprocessing._label.LabelEncoder",
    dict({ classes_: textArray(classes), _sklearn_version: release }),
  );
}

/** A scaler of each feature by itself, in the order of the features. */
export type PlainScaler =
  | { readonly kind: "StandardScaler"; readonly mean: Float64Array; readonly scale: Float64Array }
  | { readonly kind: "RobustScaler"; readonly center: Float64Array; readonly scale: Float64Array }
  | {
      readonly kind: "MinMaxScaler";
      readonly scale: Float64Array;
      readonly offset: Float64Array;
      /** The range that it scales to; and whether what lies outside is cut. */
      readonly range: readonly [min: number, max: number];
      readonly clip: boolean;
    };

/**
 * scikit-learn's scaler with these numbers; without any, a StandardScaler that neither centres nor scales, and so does
 * nothing. What only `fit` would know is reckoned from them: of a column without spread the spread is taken to be the scale.
 *
 * @param isNamed whether it knows the features' names.
 * @param rows how many it was fitted on.
 */
export function scalerObject(
  scaler: PlainScaler | null,
  features: readonly string[],
  isNamed: boolean,
  rows: number,
  { release }: Target,
): WritableObject {
  const fitted = {
    feature_names_in_: isNamed ? textArray(features) : undefined,
    n_features_in_: features.length,
  };
  const module = (kind: string): string => `sklearn.preprocessing._data.${kind}`;
  const version = { _sklearn_version: release };
  if (scaler === null || scaler.kind === "StandardScaler") {
    const isOn = scaler !== null;
    return new WritableObject(
      module("StandardScaler"),
      dict({
        with_mean: isOn,
        with_std: isOn,
        copy: true,
        ...fitted,
        n_samples_seen_: rows,
        mean_: isOn ? numberArray(scaler.mean) : null,
        var_: isOn ? numberArray(scaler.scale.map((scale) => scale * scale)) : null,
        scale_: isOn ? numberArray(scaler.scale) : null,
        ...version,
      }),
    );
  }
  if (scaler.kind === "RobustScaler") {
    return new WritableObject(
      module("RobustScaler"),
      dict({
        with_centering: true,
        with_scaling: true,
        quantile_range: new WritableTuple([new PythonFloat(25), new PythonFloat(75)]),
        unit_variance: false,
        copy: true,
        ...fitted,
        center_: numberArray(scaler.center),
        scale_: numberArray(scaler.scale),
        ...version,
      }),
    );
  }
  const { scale, offset, range, clip } = scaler;
  const spread = scale.map((factor) => (range[1] - range[0]) / factor);
  const least = offset.map((shift, place) => (range[0] - shift) / scale[place]!);
  return new WritableObject(
    module("MinMaxScaler"),
    dict({
      feature_range: new WritableTuple(range),
      copy: true,
      clip,
      ...fitted,
      n_samples_seen_: rows,
      scale_: numberArray(scale),
      min_: numberArray(offset),
      data_min_: numberArray(least),
      data_max_: numberArray(least.map((value, place) => value + spread[place]!)),
      data_range_: numberArray(spread),
      ...version,
    }),
  );
}
