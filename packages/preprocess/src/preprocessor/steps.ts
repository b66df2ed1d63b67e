import { OneHotEncoder, type OneHotPolicy } from "../encoders/one-hot-encoder.js";
import { OrdinalEncoder, type OrdinalPolicy } from "../encoders/ordinal-encoder.js";
import { PiecewiseLinearEncoder } from "../encoders/piecewise-linear-encoder.js";
import { listSome, MlsecError } from "../errors.js";
import { type FeatureMatrix, featureMatrix } from "../feature-matrix.js";
import { Log1pTransformer } from "../scalers/log1p-transformer.js";
import { MinMaxScaler } from "../scalers/min-max-scaler.js";
import { RobustScaler } from "../scalers/robust-scaler.js";
import { StandardScaler } from "../scalers/standard-scaler.js";
import { type ImputeStrategy, SimpleImputer } from "../simple-imputer.js";
import type { StateReader } from "../state.js";
import { Table } from "../table.js";
import {
  clip,
  type FittedStep,
  find,
  imputeMissing,
  keepColumns,
  known,
  numbersOf,
  oneHotEncode,
  ordinalEncode,
  piecewiseLinear,
  scale,
  union,
} from "./fitted-steps.js";
import { type Frame, nameFromState } from "./frame.js";

/**
 * One step of a preprocessor, to be fitted on training rows. `columns` are names as they are at that point; left out, a
 * step takes all columns of its type.
 */
export type StepSpec =
  | { readonly step: "keepColumns"; readonly columns: readonly string[] }
  /**
   * Text → codes 0 … k − 1 in code-point order of the training categories, as `OrdinalEncoder`. Unknown and missing
   * categories, and those with fewer than `minCount` training rows, are code k unless another policy is given.
   */
  | {
      readonly step: "ordinalEncode";
      readonly columns?: readonly string[];
      readonly minCount?: number;
      readonly unknown?: OrdinalPolicy;
      readonly missing?: OrdinalPolicy;
    }
  /**
   * Text → one 0/1 column a category, `column=category`, as `OneHotEncoder`. Categories with fewer than `minCount` training
   * rows share one column, `column=<other>`, which unknown and missing ones get too; where no training row was rare or
   * missing, they get zeros, unless another policy than `infrequentIfExist` is given.
   */
  | {
      readonly step: "oneHotEncode";
      readonly columns?: readonly string[];
      readonly minCount?: number;
      readonly unknown?: OneHotPolicy;
      readonly missing?: OneHotPolicy;
    }
  /**
   * Fills missing cells, as `SimpleImputer`. Numeric columns that such a step names, or all where it names none, may have
   * missing cells; in any others they are errors. So are infinite ones, unless `infinite` says that they count as missing.
   */
  | {
      readonly step: "imputeMissing";
      readonly columns?: readonly string[];
      readonly infinite?: "missing" | undefined;
      readonly strategy?: ImputeStrategy;
      readonly value?: number | string;
    }
  /**
   * Numbers → at most `bins` columns each (default 16), `column>edge`, of how much of a piece of the training range lies below
   * the number, as `PiecewiseLinearEncoder`.
   */
  | { readonly step: "piecewiseLinear"; readonly columns?: readonly string[]; readonly bins?: number }
  /** sign(x) · ln(1 + |x|), for heavy-tailed counts. */
  | { readonly step: "log1p"; readonly columns: readonly string[] }
  | { readonly step: "clip"; readonly columns?: readonly string[]; readonly min: number; readonly max: number }
  | { readonly step: "standardScale" | "robustScale" | "minMaxScale"; readonly columns?: readonly string[] };

const SCALERS = {
  log1p: Log1pTransformer,
  standardScale: StandardScaler,
  robustScale: RobustScaler,
  minMaxScale: MinMaxScaler,
};

/** Fits one step on a frame of training rows. @throws MlsecError `missing-column`, `wrong-type`, `invalid-option`. */
export function fitStep(spec: StepSpec, frame: Frame): FittedStep {
  switch (spec.step) {
    case "keepColumns":
      return keepColumns(known(frame, spec.columns));
    case "ordinalEncode": {
      const { unknown = "other", missing = unknown, minCount } = spec;
      const columns = chosen(frame, spec.columns, "text");
      return ordinalEncode(OrdinalEncoder.fit(tableOf(frame, columns), { columns, unknown, missing, minCount }));
    }
    case "oneHotEncode": {
      const { unknown = "infrequentIfExist", missing = unknown, minCount } = spec;
      const columns = chosen(frame, spec.columns, "text");
      return oneHotEncode(OneHotEncoder.fit(tableOf(frame, columns), { columns, unknown, missing, minCount }));
    }
    case "imputeMissing": {
      const columns = spec.columns && known(frame, spec.columns);
      const { strategy, value } = spec;
      const table = tableOf(frame, columns ?? frame.map(({ name }) => name));
      return imputeMissing(SimpleImputer.fit(table, { columns, strategy, value }));
    }
    case "piecewiseLinear":
      return piecewiseLinear(
        PiecewiseLinearEncoder.fit(matrixOf(frame, chosen(frame, spec.columns, "number")), { bins: spec.bins }),
      );
    case "clip":
      // JSON does not know −0.
      return clip(chosen(frame, spec.columns, "number"), spec.min + 0, spec.max + 0);
    default: {
      if (!Object.hasOwn(SCALERS, spec.step)) {
        throw new MlsecError("invalid-option", `There is no step called ${JSON.stringify(spec.step)}.`, {
          got: spec.step,
        });
      }
      return scale(spec.step, SCALERS[spec.step].fit(matrixOf(frame, chosen(frame, spec.columns, "number"))));
    }
  }
}

/**
 * Names of the columns whose missing cells the steps fill, and of those whose infinite ones count as missing: all of the table
 * where a step names none.
 */
export function imputedNames(
  specs: readonly StepSpec[],
  names: readonly string[],
): { readonly missing: Set<string>; readonly infinite: Set<string> } {
  const steps = specs.filter((spec) => spec.step === "imputeMissing");
  const namesOf = (some: typeof steps): Set<string> => new Set(some.flatMap(({ columns }) => columns ?? names));
  return { missing: namesOf(steps), infinite: namesOf(steps.filter(({ infinite }) => infinite === "missing")) };
}

const STEPS = [
  "keepColumns",
  "ordinalEncode",
  "oneHotEncode",
  "imputeMissing",
  "piecewiseLinear",
  "log1p",
  "clip",
  "standardScale",
  "robustScale",
  "minMaxScale",
] as const;

/** Most parts of a union: they bound what a hostile file can claim. */
const MAX_PARTS = 100;

/** Most steps of a preprocessor or of a part: loading goes through all columns once a step. Ours have at most ten. */
const MAX_STEPS = 100;

/** The fitted steps of a preprocessor from its state, everything in it checked. */
export function stepsFromState(reader: StateReader): FittedStep[] {
  return fewSteps(reader).map(stepFromState);
}

function fewSteps(reader: StateReader): StateReader[] {
  const steps = reader.objects("steps");
  if (steps.length > MAX_STEPS) reader.fail("steps", `a list of at most ${MAX_STEPS}`);
  return steps;
}

function stepFromState(reader: StateReader): FittedStep {
  if (reader.oneOf("step", [...STEPS, "union"]) !== "union") return partStepFromState(reader);
  const parts = reader.objects("parts");
  if (parts.length === 0 || parts.length > MAX_PARTS) reader.fail("parts", `a list of 1 to ${MAX_PARTS}`);
  return union(
    parts.map((part) => ({
      name: nameFromState(part),
      columns: part.strings("columns"),
      // No unions in unions.
      steps: fewSteps(part).map(partStepFromState),
    })),
  );
}

function partStepFromState(reader: StateReader): FittedStep {
  const step = reader.oneOf("step", STEPS);
  switch (step) {
    case "keepColumns":
      return keepColumns(reader.strings("columns"));
    case "ordinalEncode":
      return ordinalEncode(OrdinalEncoder.fromState(reader.raw("encoder")));
    case "oneHotEncode":
      return oneHotEncode(OneHotEncoder.fromState(reader.raw("encoder")));
    case "imputeMissing":
      return imputeMissing(SimpleImputer.fromState(reader.raw("imputer")));
    case "piecewiseLinear":
      return piecewiseLinear(PiecewiseLinearEncoder.fromState(reader.raw("encoder")));
    case "clip":
      return clip(reader.strings("columns"), reader.number("min"), reader.number("max"));
    default:
      return scale(step, SCALERS[step].fromState(reader.raw("scaler")));
  }
}

function chosen(frame: Frame, columns: readonly string[] | undefined, kind: "number" | "text"): readonly string[] {
  if (columns === undefined) return frame.filter(({ cells }) => cells.kind === kind).map(({ name }) => name);
  const wrong = known(frame, columns).filter((name) => find(frame, name).cells.kind !== kind);
  if (wrong.length > 0) {
    throw new MlsecError(
      "wrong-type",
      `This step needs ${kind} columns, which ${listSome(wrong)} ${wrong.length === 1 ? "is" : "are"} not.`,
      { columns: wrong, expected: kind },
    );
  }
  return columns;
}

function matrixOf(frame: Frame, names: readonly string[]): FeatureMatrix {
  return featureMatrix(
    names,
    names.map((name) => numbersOf(find(frame, name))),
  );
}

function tableOf(frame: Frame, names: readonly string[]): Table {
  return Table.of(names.map((name) => [name, find(frame, name).cells]));
}
