import { MinMaxScaler, RobustScaler, type Scaler, StandardScaler, type State } from "@mlsec/preprocess";
import { type Attributes, fittedAttributes, invalidModel, itemsOf, sklearnClass } from "./attributes.js";
import { defaultFeatures } from "./import-trees.js";
import { MAX_FEATURES } from "./limits.js";
import type { PythonObject, PythonValue } from "./python-value.js";

/** A scaler as the file has it. */
export interface ImportedScaler {
  readonly scaler: Scaler;
  /** As steps of a preprocessor are called. */
  readonly step: "standardScale" | "robustScale" | "minMaxScale";
  /** Names of its features, where the file has them. */
  readonly features: readonly string[] | null;
  /** Where it cuts what it has scaled; null where it does not. */
  readonly clip: readonly [min: number, max: number] | null;
}

const SCALERS: ReadonlySet<string> = /* @__PURE__ */ new Set(["StandardScaler", "RobustScaler", "MinMaxScaler"]);

export function isScaler(value: PythonValue | undefined): value is PythonObject {
  return SCALERS.has(sklearnClass(value) ?? "");
}

/**
 * A scaler of scikit-learn.
 *
 * @param naming names of the features; default the file's, or `x0`, `x1`, ….
 * @param chosen places of the features to take, in order; default all. Each is scaled on its own.
 * @throws JoblibError `invalid-model`; MlsecError `invalid-state` for numbers that scale nothing.
 */
export function importScaler(
  estimator: PythonObject,
  path: string,
  naming?: readonly string[],
  chosen?: readonly number[],
): ImportedScaler {
  const kind = sklearnClass(estimator)!;
  const attributes = fittedAttributes(estimator, path, "n_features_in_");
  const width = attributes.count("n_features_in_");
  if (width < 1 || width > MAX_FEATURES) return attributes.fail("n_features_in_", `1 to ${MAX_FEATURES}`);
  const named = attributes.labels("feature_names_in_") ?? null;
  const places = chosen ?? Array.from({ length: width }, (_, place) => place);
  const features = naming ?? (named ?? defaultFeatures(width)).filter((_, place) => places.includes(place));
  if (features.length !== places.length)
    throw invalidModel(path, `has ${places.length} features, but ${features.length} names for them`);
  const column = (name: string, otherwise: number, isUsed: boolean): Float64Array => {
    const values = isUsed ? attributes.numbers(name, width) : new Float64Array(width).fill(otherwise);
    // JSON does not know −0.
    return Float64Array.from(places, (place) => values[place]! + 0);
  };
  const state = (fields: Record<string, Float64Array>): State => ({ features, ...fields });
  if (kind === "MinMaxScaler") {
    const scaler = MinMaxScaler.fromState(state({ scale: column("scale_", 1, true), offset: column("min_", 0, true) }));
    return { scaler, step: "minMaxScale", features: named, clip: clipOf(attributes) };
  }
  const isStandard = kind === "StandardScaler";
  const center = column(
    isStandard ? "mean_" : "center_",
    0,
    isOn(attributes, isStandard ? "with_mean" : "with_centering"),
  );
  const scale = column("scale_", 1, isOn(attributes, isStandard ? "with_std" : "with_scaling"));
  return isStandard
    ? {
        scaler: StandardScaler.fromState(state({ mean: center, scale })),
        step: "standardScale",
        features: named,
        clip: null,
      }
    : { scaler: RobustScaler.fromState(state({ center, scale })), step: "robustScale", features: named, clip: null };
}

function isOn(attributes: Attributes, name: string): boolean {
  return attributes.get(name) !== false;
}

function clipOf(attributes: Attributes): readonly [number, number] | null {
  if (attributes.get("clip") !== true) return null;
  const [min, max] = itemsOf(attributes.get("feature_range")) ?? [];
  if (typeof min === "number" && typeof max === "number") return [min, max];
  return attributes.fail("feature_range", "two numbers");
}
