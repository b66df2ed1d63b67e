import type { Preprocessor } from "@mlsec/preprocess";
import type { PlainScaler } from "./sklearn-transformers.js";

/** What layouts have fields for: columns, codes of texts, and one scaler of each column by itself. */
export interface PlainSteps {
  /** Columns that the model reads, in order. */
  readonly features: readonly string[];
  /** The categories of text columns, in the order of their codes. */
  readonly encoders: ReadonlyMap<string, readonly string[]>;
  /** Null where nothing is scaled. */
  readonly scaler: PlainScaler | null;
}

/** A step as its state has it. */
interface StepState {
  readonly step: string;
  readonly columns?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly encoder?: {
    readonly unknown: string;
    readonly missing: string;
    readonly columns: readonly {
      readonly name: string;
      readonly categories: readonly string[];
      readonly rare: readonly string[];
    }[];
  };
  readonly scaler?: { readonly features: readonly string[] } & Readonly<Record<string, Float64Array>>;
}

/** The steps of a preprocessor as layouts have them; where they have no field for one, a text that says what it does. */
export function plainSteps(preprocessor: Preprocessor): PlainSteps | string {
  const { features } = preprocessor;
  const { steps } = preprocessor.toState() as unknown as { readonly steps: readonly StepState[] };
  const encoders = new Map<string, readonly string[]>();
  let scaling: StepState | null = null;
  let clipping: StepState | null = null;
  for (const step of steps) {
    const { encoder } = step;
    if (step.step === "keepColumns") continue;
    if (encoder !== undefined && step.step === "ordinalEncode") {
      if (encoder.unknown === "ignore" || encoder.missing === "ignore")
        return "makes missing values of unknown categories";
      for (const { name, categories, rare } of encoder.columns) {
        if (rare.length > 0) return `gives rare categories of ${JSON.stringify(name)} one code`;
        encoders.set(name, categories);
      }
    } else if (Object.hasOwn(SCALERS, step.step) && scaling === null) scaling = step;
    else if (step.step === "clip" && scaling?.step === "minMaxScale" && clipping === null) clipping = step;
    else return TEXTS[step.step] ?? `has the step ${step.step}`;
  }
  if (clipping !== null && features.some((name) => !clipping.columns!.includes(name)))
    return "clips some of the columns";
  for (const name of encoders.keys()) if (!features.includes(name)) encoders.delete(name);
  return { features, encoders, scaler: scaling && scalerOf(scaling, clipping, features) };
}

const SCALERS: Readonly<Record<string, "StandardScaler" | "RobustScaler" | "MinMaxScaler">> = {
  standardScale: "StandardScaler",
  robustScale: "RobustScaler",
  minMaxScale: "MinMaxScaler",
};

/** What steps do that layouts have no field for. */
const TEXTS: Readonly<Record<string, string>> = {
  oneHotEncode: "encodes categories one-hot",
  imputeMissing: "fills missing values",
  piecewiseLinear: "encodes numbers as pieces of their range",
  log1p: "takes logarithms",
  clip: "clips",
  union: "has parts side by side",
  standardScale: "scales twice",
  robustScale: "scales twice",
  minMaxScale: "scales twice",
};

/** The numbers of a scaler in the order of the features; one that it does not scale gets those that change nothing. */
function scalerOf({ step, scaler }: StepState, clipping: StepState | null, features: readonly string[]): PlainScaler {
  const kind = SCALERS[step]!;
  const ordered = (name: string, otherwise: number): Float64Array =>
    Float64Array.from(features, (feature) => {
      const place = scaler!.features.indexOf(feature);
      return place === -1 ? otherwise : (scaler![name] as unknown as Float64Array)[place]!;
    });
  const scale = ordered("scale", 1);
  if (kind === "StandardScaler") return { kind, mean: ordered("mean", 0), scale };
  if (kind === "RobustScaler") return { kind, center: ordered("center", 0), scale };
  const range = clipping === null ? ([0, 1] as const) : ([clipping.min!, clipping.max!] as const);
  return { kind, scale, offset: ordered("offset", 0), range, clip: clipping !== null };
}
