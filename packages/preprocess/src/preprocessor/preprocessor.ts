import { MlsecError } from "../errors.js";
import type { FeatureMatrix } from "../feature-matrix.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";
import { Table } from "../table.js";
import { type FittedStep, union } from "./fitted-steps.js";
import {
  enterableRows,
  enterFrame,
  type Frame,
  type InputColumn,
  inputColumnFromState,
  inputColumnsOf,
  leaveFrame,
  requireFewColumns,
  type TransformReport,
  unitedInputs,
} from "./frame.js";
import { type InputRecord, RecordProgram } from "./record-program.js";
import { enterSlots } from "./slots.js";
import { fitStep, imputedNames, type StepSpec, stepsFromState } from "./steps.js";

/**
 * An ordered list of fitted steps that turns raw columns into a model's matrix. It is the only thing that training and
 * inference share, so they cannot drift apart.
 *
 * The columns it reads are those of the training table; where the first step is `keepColumns`, only those.
 */
export class Preprocessor {
  /** Names of the matrix columns that `transform` makes. */
  readonly features: readonly string[];
  /** For each matrix column, the input column that it came from. */
  readonly sources: readonly string[];
  /** Names of the columns whose missing cells a step fills. Missing numbers of others are errors. */
  readonly imputed: ReadonlySet<string>;
  private readonly program: RecordProgram;

  private constructor(
    /** The columns that it reads, with their types and training categories. */
    readonly inputs: readonly InputColumn[],
    private readonly steps: readonly FittedStep[],
    output: Frame,
  ) {
    this.features = output.map(({ name }) => name);
    this.sources = output.map(({ source }) => source);
    // Numbers keep their names through all steps, so what a step calls a column is what the input is called.
    this.imputed = new Set(steps.flatMap(({ imputes = [] }) => imputes));
    const slots = steps.reduce((before, step) => step.plan(before), enterSlots(inputs));
    this.program = new RecordProgram(inputs, slots, this.imputed);
  }

  /**
   * Fits the steps in order, each on what the steps before it made of the training rows.
   *
   * @throws MlsecError `missing-column`, `wrong-type`, `too-many-categories`, `not-finite`, `no-values`.
   */
  static fit(table: Table, specs: readonly StepSpec[]): Preprocessor {
    const first = specs[0];
    const used = first?.step === "keepColumns" ? table.select(first.columns) : table;
    const imputed = imputedNames(specs, used.names);
    const inputs = inputColumnsOf(used, imputed.infinite);
    let frame: Frame = enterFrame(used, inputs, imputed.missing);
    const steps = specs.map((spec) => {
      const step = fitStep(spec, frame);
      frame = step.apply(frame);
      return step;
    });
    leaveFrame(frame);
    const fitted = new Preprocessor(inputs, steps, frame);
    // A column that is removed before it could be imputed must be complete, now as at scoring.
    if (imputed.missing.size > 0) enterFrame(used, inputs, fitted.imputed);
    return fitted;
  }

  /**
   * Preprocessors side by side, such as one for each member of an ensemble: the matrix has the columns of all, called
   * `part: column`, and a column is read once for all that need it. A category is known where it is to any of them; missing
   * cells are filled where all that read the column do.
   *
   * @param parts by name; at least one, none of them a union itself.
   * @throws MlsecError `wrong-type` where a column is numbers to one and text to another; `invalid-option`.
   */
  static union(parts: ReadonlyMap<string, Preprocessor>): Preprocessor {
    const step = union(
      [...parts].map(([name, { inputs, steps }]) => ({ name, columns: inputs.map((input) => input.name), steps })),
    );
    const inputs = unitedInputs([...parts.values()].flatMap((part) => part.inputs));
    // The state of what was fitted is checked as that of a file is.
    return Preprocessor.fromState({ inputs: inputs.map((input) => ({ ...input })), steps: [step.toState()] });
  }

  /**
   * The model's matrix of a table that has at least the input columns; others are ignored.
   *
   * @param report filled, if given, with the categories that training did not see.
   * @throws MlsecError `missing-feature`, `wrong-type`, `not-finite`; `unknown-category` and `missing-category` where an encoder
   *   refuses a cell, unless a later step drops all that was made of it.
   */
  transform(table: Table, report?: TransformReport): FeatureMatrix {
    let frame: Frame = enterFrame(table, this.inputs, this.imputed, report);
    for (const step of this.steps) frame = step.apply(frame);
    return leaveFrame(frame);
  }

  /**
   * The rows of a table whose numbers `transform` takes: finite, and missing only where a step fills them. A caller that
   * would rather skip the others than have an error hands over only these.
   */
  transformableRows(table: Table): Int32Array {
    return enterableRows(table, this.inputs, this.imputed);
  }

  /**
   * The matrix row of one record, an object with one property a column: the same bits as `transform` gives for a table of
   * it. Where an `output` is given, nothing is allocated.
   *
   * @param output of at least as many numbers as there are `features`; default a new array.
   * @param report as for `transform`.
   * @throws MlsecError as `transform`, and `length-mismatch` for an output that is too short.
   */
  transformRecord(
    record: InputRecord,
    output: Float64Array = new Float64Array(this.features.length),
    report?: TransformReport,
  ): Float64Array {
    if (output.length < this.features.length) {
      throw new MlsecError(
        "length-mismatch",
        `The output has room for ${output.length} numbers; a record becomes ${this.features.length}.`,
        { expected: this.features.length, got: output.length },
      );
    }
    if (this.program.run(record, output, report)) return output;
    const matrix = this.transform(tableOfRecord(record), report);
    for (const [index, column] of matrix.columns.entries()) output[index] = column[0]!;
    return output;
  }

  /**
   * What a number in the input column of a matrix column becomes there: the bits of `transform`, for one cell. It never falls
   * as the number rises, as no step turns numbers around.
   *
   * @param feature place of the matrix column, from 0.
   * @throws MlsecError `wrong-type` where the column is made of a text, `invalid-option`.
   */
  transformNumber(feature: number, value: number): number {
    const name = this.features[feature];
    if (name === undefined) {
      throw new MlsecError(
        "invalid-option",
        `There are ${this.features.length} features; none has the place ${feature}.`,
        {
          got: feature,
        },
      );
    }
    const made = this.program.numberOf(feature, value);
    if (made !== null) return made;
    throw new MlsecError("wrong-type", `The feature ${JSON.stringify(name)} is made of a text, not of a number.`, {
      column: this.sources[feature],
    });
  }

  /** What each step does, in words of `StepSpec`; of a union's parts, which go side by side, each kind of step once. */
  get stepNames(): string[] {
    return this.steps.flatMap((step) => {
      const state = step.toState() as unknown as StepState;
      return state.parts === undefined
        ? [state.step]
        : [...new Set(state.parts.flatMap(({ steps }) => steps.map(nameOf)))];
    });
  }

  toState(): State {
    return { inputs: this.inputs.map((input) => ({ ...input })), steps: this.steps.map((step) => step.toState()) };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`, or that of a step which does not fit the columns before it. */
  static fromState(state: unknown): Preprocessor {
    const reader = new StateReader(state, "preprocessor");
    const columns = reader.objects("inputs");
    requireFewColumns(columns.length);
    const inputs = columns.map(inputColumnFromState);
    const steps = stepsFromState(reader);
    // Sending no rows through the steps shows whether they fit each other, and what they put out.
    let frame: Frame = enterFrame(emptyTable(inputs), inputs, new Set());
    for (const step of steps) frame = step.apply(frame);
    leaveFrame(frame);
    return new Preprocessor(inputs, steps, frame);
  }

  static fromJSON(json: Json): Preprocessor {
    return Preprocessor.fromState(json);
  }
}

interface StepState {
  readonly step: string;
  readonly parts?: readonly { readonly steps: readonly StepState[] }[];
}

function nameOf({ step }: StepState): string {
  return step;
}

/** A table of one row, of the record's own properties. */
function tableOfRecord(record: InputRecord): Table {
  return Table.fromRecords([record], Object.keys(record));
}

function emptyTable(inputs: readonly InputColumn[]): Table {
  return Table.of(
    inputs.map((input) => [
      input.name,
      input.type === "number"
        ? { kind: "number", values: new Float64Array(0) }
        : { kind: "text", codes: new Int32Array(0), dictionary: [] },
    ]),
  );
}
