import { listSome, MlsecError } from "../errors.js";
import { featureMatrix } from "../feature-matrix.js";
import { log1p } from "../numeric/index.js";
import { MinMaxScaler } from "../scalers/min-max-scaler.js";
import { RobustScaler } from "../scalers/robust-scaler.js";
import type { Scaler } from "../scalers/scaler.js";
import { StandardScaler } from "../scalers/standard-scaler.js";
import type { State, StateReader } from "../state.js";
import type { NumberColumn } from "../table.js";
import type { Frame, FrameColumn } from "./frame.js";

/**
 * One step of a preprocessor, to be fitted on training rows. `columns` are names as they are at that point; left out, a
 * step takes all columns of its type.
 */
export type StepSpec =
  | { readonly step: "keepColumns"; readonly columns: readonly string[] }
  /** Text → codes 0 … k − 1 in code-point order of the training categories; an unseen category is code k. */
  | { readonly step: "ordinalEncode"; readonly columns?: readonly string[] }
  /**
   * Text → one 0/1 column a category, `column=category`. Categories with fewer than `minCount` training rows share one
   * column, `column=<other>`, which unseen categories get too; where no training row was rare, they get zeros.
   */
  | { readonly step: "oneHotEncode"; readonly columns?: readonly string[]; readonly minCount?: number }
  /** sign(x) · ln(1 + |x|), for heavy-tailed counts. */
  | { readonly step: "log1p"; readonly columns: readonly string[] }
  | { readonly step: "clip"; readonly columns?: readonly string[]; readonly min: number; readonly max: number }
  | { readonly step: "standardScale" | "robustScale" | "minMaxScale"; readonly columns?: readonly string[] };

/** A step that has learned what it needs. */
export interface FittedStep {
  apply(frame: Frame): FrameColumn[];
  toState(): State;
}

const SCALERS = { standardScale: StandardScaler, robustScale: RobustScaler, minMaxScale: MinMaxScaler };
type ScalerStep = keyof typeof SCALERS;

/** Fits one step on a frame of training rows. @throws MlsecError `missing-column`, `invalid-option`. */
export function fitStep(spec: StepSpec, frame: Frame): FittedStep {
  switch (spec.step) {
    case "keepColumns":
      return keepColumns(known(frame, spec.columns));
    case "ordinalEncode":
      return ordinalEncode(chosen(frame, spec.columns, "text"));
    case "oneHotEncode":
      return oneHotEncode(
        chosen(frame, spec.columns, "text").map((name) => learnCategories(find(frame, name), spec.minCount)),
      );
    case "log1p":
      return signedLog1p(chosen(frame, spec.columns, "number"));
    case "clip":
      // JSON does not know −0.
      return clip(chosen(frame, spec.columns, "number"), spec.min + 0, spec.max + 0);
    default: {
      if (!Object.hasOwn(SCALERS, spec.step)) {
        throw new MlsecError("invalid-option", `There is no step called ${JSON.stringify(spec.step)}.`, {
          got: spec.step,
        });
      }
      const names = chosen(frame, spec.columns, "number");
      return scale(
        spec.step,
        SCALERS[spec.step].fit(
          featureMatrix(
            names,
            names.map((name) => numbersOf(find(frame, name))),
          ),
        ),
      );
    }
  }
}

/** A fitted step from its state, everything in it checked. */
export function stepFromState(reader: StateReader): FittedStep {
  const step = reader.oneOf("step", [
    "keepColumns",
    "ordinalEncode",
    "oneHotEncode",
    "log1p",
    "clip",
    "standardScale",
    "robustScale",
    "minMaxScale",
  ]);
  switch (step) {
    case "keepColumns":
      return keepColumns(reader.strings("columns"));
    case "ordinalEncode":
      return ordinalEncode(reader.strings("columns"));
    case "oneHotEncode":
      return oneHotEncode(
        reader.objects("columns").map((column) => {
          const categories = column.strings("categories");
          return { name: column.string("name"), categories, other: column.boolean("other") };
        }),
      );
    case "log1p":
      return signedLog1p(reader.strings("columns"));
    case "clip":
      return clip(reader.strings("columns"), reader.number("min"), reader.number("max"));
    default:
      return scale(step, SCALERS[step].fromState(reader.raw("scaler")));
  }
}

function keepColumns(columns: readonly string[]): FittedStep {
  return {
    apply: (frame) => columns.map((name) => find(frame, name)),
    toState: () => ({ step: "keepColumns", columns }),
  };
}

function ordinalEncode(columns: readonly string[]): FittedStep {
  return {
    apply: (frame) =>
      replaceEach(frame, columns, (column) => [withNumbers(column, column.name, Float64Array.from(codesOf(column)))]),
    toState: () => ({ step: "ordinalEncode", columns }),
  };
}

interface OneHotColumn {
  readonly name: string;
  /** Categories with a column of their own. */
  readonly categories: readonly string[];
  /** Whether there is a column for all others. */
  readonly other: boolean;
}

function learnCategories(column: FrameColumn, minCount = 1): OneHotColumn {
  if (!(Number.isSafeInteger(minCount) && minCount >= 1)) {
    throw new MlsecError("invalid-option", `minCount must be an integer of at least 1, not ${minCount}.`, {
      got: minCount,
    });
  }
  const codes = codesOf(column);
  const { dictionary } = column.cells as { dictionary: readonly string[] };
  const counts = new Int32Array(dictionary.length + 1);
  for (const code of codes) counts[code]!++;
  const categories = dictionary.filter((_, code) => counts[code]! >= minCount);
  return {
    name: column.name,
    categories,
    other: categories.reduce((sum, name) => sum - counts[dictionary.indexOf(name)]!, codes.length) > 0,
  };
}

function oneHotEncode(columns: readonly OneHotColumn[]): FittedStep {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return {
    apply: (frame) =>
      replaceEach(frame, [...byName.keys()], (column) => {
        const { categories, other } = byName.get(column.name)!;
        const { dictionary } = column.cells as { dictionary: readonly string[] };
        const width = categories.length + (other ? 1 : 0);
        const placeOf = Int32Array.from({ length: dictionary.length + 1 }, (_, code) => {
          const place = code < dictionary.length ? categories.indexOf(dictionary[code]!) : -1;
          return place === -1 && other ? categories.length : place;
        });
        const codes = codesOf(column);
        const outputs = Array.from({ length: width }, () => new Float64Array(codes.length));
        for (let row = 0; row < codes.length; row++) {
          const place = placeOf[codes[row]!]!;
          if (place >= 0) outputs[place]![row] = 1;
        }
        return outputs.map((values, place) =>
          withNumbers(column, `${column.name}=${categories[place] ?? "<other>"}`, values),
        );
      }),
    toState: () => ({
      step: "oneHotEncode",
      columns: columns.map(({ name, categories, other }) => ({ name, categories, other })),
    }),
  };
}

function signedLog1p(columns: readonly string[]): FittedStep {
  return {
    apply: (frame) => mapEach(frame, columns, (value) => (value < 0 ? -log1p(-value) : log1p(value))),
    toState: () => ({ step: "log1p", columns }),
  };
}

function clip(columns: readonly string[], min: number, max: number): FittedStep {
  if (!(min <= max && max - max === 0 && min - min === 0))
    throw new MlsecError("invalid-option", `Clipping needs finite min <= max, not ${min} and ${max}.`, { min, max });
  return {
    apply: (frame) => mapEach(frame, columns, (value) => Math.min(Math.max(value, min), max)),
    toState: () => ({ step: "clip", columns, min, max }),
  };
}

function scale(step: ScalerStep, scaler: Scaler): FittedStep {
  return {
    apply: (frame) => {
      const matrix = featureMatrix(
        scaler.features,
        scaler.features.map((name) => numbersOf(find(frame, name))),
      );
      const scaled = scaler.transform(matrix);
      const indexOf = new Map(scaler.features.map((name, index) => [name, index]));
      return replaceEach(frame, scaler.features, (column) => [
        withNumbers(column, column.name, scaled.columns[indexOf.get(column.name)!]!),
      ]);
    },
    toState: () => ({ step, scaler: scaler.toState() }),
  };
}

function chosen(frame: Frame, columns: readonly string[] | undefined, kind: "number" | "text"): readonly string[] {
  if (columns === undefined) return frame.filter(({ cells }) => cells.kind === kind).map(({ name }) => name);
  const wrong = known(frame, columns).filter((name) => find(frame, name).cells.kind !== kind);
  if (wrong.length > 0) {
    throw new MlsecError(
      "wrong-type",
      `This step needs ${kind} columns, which ${listSome(wrong)} ${wrong.length === 1 ? "is" : "are"} not.`,
      {
        columns: wrong,
        expected: kind,
      },
    );
  }
  return columns;
}

function known(frame: Frame, columns: readonly string[]): readonly string[] {
  for (const name of columns) find(frame, name);
  return columns;
}

function find(frame: Frame, name: string): FrameColumn {
  const column = frame.find((candidate) => candidate.name === name);
  if (column === undefined) {
    throw new MlsecError(
      "missing-column",
      `No column is called ${JSON.stringify(name)} at this step. There are ${listSome(
        frame.map((c) => c.name),
        8,
      )}.`,
      {
        column: name,
      },
    );
  }
  return column;
}

function replaceEach(
  frame: Frame,
  names: readonly string[],
  replace: (column: FrameColumn) => FrameColumn[],
): FrameColumn[] {
  const affected = new Set(known(frame, names));
  return frame.flatMap((column) => (affected.has(column.name) ? replace(column) : [column]));
}

function mapEach(frame: Frame, names: readonly string[], map: (value: number) => number): FrameColumn[] {
  return replaceEach(frame, names, (column) => [withNumbers(column, column.name, numbersOf(column).map(map))]);
}

function withNumbers({ source }: FrameColumn, name: string, values: Float64Array): FrameColumn {
  return { name, source, cells: { kind: "number", values } };
}

function numbersOf({ name, cells }: FrameColumn): Float64Array {
  if (cells.kind === "number") return (cells as NumberColumn).values;
  throw new MlsecError("wrong-type", `Column ${JSON.stringify(name)} holds text where this step needs numbers.`, {
    column: name,
  });
}

function codesOf({ name, cells }: FrameColumn): Int32Array {
  if (cells.kind === "text") return cells.codes;
  throw new MlsecError("wrong-type", `Column ${JSON.stringify(name)} holds numbers where this step needs text.`, {
    column: name,
  });
}
