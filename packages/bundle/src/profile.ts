import type { Json } from "@mlsec/preprocess";
import type { Pipeline } from "./manifest.js";

/** The interface file of existing backends, with their field names. */
export interface Profile {
  /** The columns that a CSV for this model needs, spelled exactly so. */
  readonly expected_features: readonly string[];
  readonly class_labels: readonly string[];
  readonly preprocessing_notes: string;
  readonly preprocessing_pipeline: {
    readonly steps: readonly string[];
    readonly n_features_selected: number;
    readonly selected_features: readonly string[];
    readonly scaler_type: string;
  };
}

const STEP_TEXTS: Readonly<Record<string, string>> = {
  keepColumns: "select features",
  ordinalEncode: "encode categories as ordinal codes (an unseen category has a code of its own)",
  oneHotEncode: "encode categories one-hot",
  imputeMissing: "fill missing values",
  piecewiseLinear: "encode numbers as pieces of their training range",
  log1p: "take ln(1 + x) of counts",
  clip: "clip",
  standardScale: "scale to zero mean and unit variance",
  robustScale: "scale by median and interquartile range",
  minMaxScale: "scale to the range 0 to 1",
};

const SCALER_TYPES: Readonly<Record<string, string>> = {
  standardScale: "StandardScaler",
  robustScale: "RobustScaler",
  minMaxScale: "MinMaxScaler",
};

/** The profile of a pipeline. */
export function profileOf({ preprocessor, classes, kind }: Pipeline): Profile {
  const inputs = preprocessor.inputs.map(({ name }) => name);
  const scaler = preprocessor.stepNames.map((step) => SCALER_TYPES[step]).find((type) => type !== undefined);
  return {
    expected_features: inputs,
    class_labels: classes,
    preprocessing_notes:
      `Give the raw columns named in expected_features, spelled exactly so (spaces and case included), ${valuesWanted(preprocessor)}; ` +
      `the bundle does the rest. Kind: ${kind}.`,
    preprocessing_pipeline: {
      steps: preprocessor.stepNames.map((step) => STEP_TEXTS[step] ?? step),
      n_features_selected: inputs.length,
      selected_features: inputs,
      scaler_type: scaler ?? "none",
    },
  };
}

function valuesWanted({ inputs, imputed }: Pipeline["preprocessor"]): string {
  const filled = inputs.filter(({ name, type }) => type === "number" && imputed.has(name));
  if (filled.length === 0) return "without missing or infinite values";
  const names = filled.map(({ name }) => JSON.stringify(name)).join(", ");
  return `without infinite values, and without missing ones but in the columns whose missing values are filled (${names})`;
}

/** The profile as the text of its JSON file. */
export function profileJson(pipeline: Pipeline): string {
  return `${JSON.stringify(profileOf(pipeline) as unknown as Json, null, 2)}\n`;
}
