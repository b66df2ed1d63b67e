import type { FeatureMatrix } from "../feature-matrix.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";
import { Table } from "../table.js";
import {
  enterFrame,
  type Frame,
  type InputColumn,
  inputColumnFromState,
  inputColumnsOf,
  leaveFrame,
  type TransformReport,
} from "./frame.js";
import { type FittedStep, fitStep, type StepSpec, stepFromState } from "./steps.js";

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

  private constructor(
    /** The columns that it reads, with their types and training categories. */
    readonly inputs: readonly InputColumn[],
    private readonly steps: readonly FittedStep[],
    output: Frame,
  ) {
    this.features = output.map(({ name }) => name);
    this.sources = output.map(({ source }) => source);
  }

  /**
   * Fits the steps in order, each on what the steps before it made of the training rows.
   *
   * @throws MlsecError `missing-column`, `wrong-type`, `too-many-categories`, `not-finite`, `no-values`.
   */
  static fit(table: Table, specs: readonly StepSpec[]): Preprocessor {
    const first = specs[0];
    const used = first?.step === "keepColumns" ? table.select(first.columns) : table;
    const inputs = inputColumnsOf(used);
    let frame: Frame = enterFrame(used, inputs);
    const steps = specs.map((spec) => {
      const step = fitStep(spec, frame);
      frame = step.apply(frame);
      return step;
    });
    leaveFrame(frame);
    return new Preprocessor(inputs, steps, frame);
  }

  /**
   * The model's matrix of a table that has at least the input columns; others are ignored.
   *
   * @param report filled, if given, with the categories that training did not see.
   * @throws MlsecError `missing-feature`, `wrong-type`, `not-finite`.
   */
  transform(table: Table, report?: TransformReport): FeatureMatrix {
    let frame: Frame = enterFrame(table, this.inputs, report);
    for (const step of this.steps) frame = step.apply(frame);
    return leaveFrame(frame);
  }

  /** What each step does, in words of `StepSpec`. */
  get stepNames(): string[] {
    return this.steps.map((step) => (step.toState() as { step: string }).step);
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
    const inputs = reader.objects("inputs").map(inputColumnFromState);
    const steps = reader.objects("steps").map(stepFromState);
    // Sending no rows through the steps shows whether they fit each other, and what they put out.
    let frame: Frame = enterFrame(emptyTable(inputs), inputs);
    for (const step of steps) frame = step.apply(frame);
    leaveFrame(frame);
    return new Preprocessor(inputs, steps, frame);
  }

  static fromJSON(json: Json): Preprocessor {
    return Preprocessor.fromState(json);
  }
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
