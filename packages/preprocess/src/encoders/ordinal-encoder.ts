import { MlsecError } from "../errors.js";
import { type FeatureMatrix, featureMatrix } from "../feature-matrix.js";
import { requireFeatures } from "../scalers/scaler.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";
import { Table, type TextColumn } from "../table.js";
import {
  type CategoryPolicies,
  type CategoryPolicy,
  ColumnCategories,
  checkedPolicies,
  NOWHERE,
  policiesFromState,
} from "./column-categories.js";

/** What becomes of an unknown or missing category: an error, the code one past the last (`other`), or NaN (`ignore`). */
export type OrdinalPolicy = Exclude<CategoryPolicy, "infrequentIfExist">;

export interface OrdinalEncoderOptions {
  /** Columns to encode; default all text columns. Numbers count as the texts of their shortest form. */
  readonly columns?: readonly string[] | undefined;
  /** For categories that training did not see; default `error`. */
  readonly unknown?: OrdinalPolicy | undefined;
  /** For missing cells; default as `unknown`. */
  readonly missing?: OrdinalPolicy | undefined;
  /** Categories in fewer training rows share the code one past the last. Default 1: none are rare. */
  readonly minCount?: number | undefined;
}

const POLICIES: readonly OrdinalPolicy[] = ["error", "other", "ignore"];

/**
 * Text → codes 0 … k − 1 in code-point order of the training categories, one number a column, as scikit-learn's
 * OrdinalEncoder. Unlike there, a missing cell is no category of its own but follows a policy, and rare categories share
 * one code, k, which may also stand for unknown and missing ones.
 */
export class OrdinalEncoder {
  /** Names of the encoded columns, in order. */
  readonly features: readonly string[];

  private constructor(
    readonly columns: readonly ColumnCategories[],
    private readonly policies: CategoryPolicies,
  ) {
    this.features = columns.map(({ name }) => name);
  }

  /**
   * @throws MlsecError `missing-column`, `too-many-categories`, `invalid-option`, and `missing-category` where missing
   *   cells are refused and there are some.
   */
  static fit(
    table: Table,
    { columns, unknown = "error", missing = unknown, minCount }: OrdinalEncoderOptions = {},
  ): OrdinalEncoder {
    const policies = checkedPolicies(unknown, missing, POLICIES);
    const names = columns ?? textColumnsOf(table);
    return new OrdinalEncoder(
      names.map((name) => ColumnCategories.learn(table.column(name), name, policies, minCount, true)),
      policies,
    );
  }

  /** The categories with a code of their own, per column, in the order of their codes. */
  get categories(): readonly (readonly string[])[] {
    return this.columns.map(({ categories }) => categories);
  }

  /** @throws MlsecError `missing-column`, and `unknown-category` or `missing-category` where the policy refuses them. */
  transform(table: Table): FeatureMatrix {
    return featureMatrix(
      this.features,
      this.columns.map((column) => ordinalCodes(column.placesOf(table.column(column.name)))),
    );
  }

  /**
   * The categories of codes. The code of all others, and NaN, become missing cells.
   *
   * @throws MlsecError `feature-mismatch`, or `unknown-code` for a number that is no code.
   */
  inverseTransform(matrix: FeatureMatrix): Table {
    requireFeatures(matrix, this.features);
    return Table.of(
      this.columns.map((column, index) => [column.name, categoriesOfCodes(column, matrix.columns[index]!)]),
    );
  }

  toState(): State {
    return { ...this.policies, columns: this.columns.map((column) => column.toState()) };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): OrdinalEncoder {
    const reader = new StateReader(state, "OrdinalEncoder");
    const policies = policiesFromState(reader, POLICIES);
    const columns = reader.objects("columns").map((column) => ColumnCategories.fromState(column, policies));
    if (columns.some(({ other }) => !other)) reader.fail("columns", "columns with a code for all others");
    return new OrdinalEncoder(columns, policies);
  }

  static fromJSON(json: Json): OrdinalEncoder {
    return OrdinalEncoder.fromState(json);
  }
}

/** The names of a table's text columns. */
export function textColumnsOf(table: Table): string[] {
  return [...table].filter(([, column]) => column.kind === "text").map(([name]) => name);
}

/** The code of a place, as a number of a matrix. */
export function codeOfPlace(place: number): number {
  return place === NOWHERE ? Number.NaN : place;
}

/** The codes of a column's cells, by their places. */
export function ordinalCodes(places: Int32Array): Float64Array {
  const codes = new Float64Array(places.length);
  for (let row = 0; row < places.length; row++) codes[row] = codeOfPlace(places[row]!);
  return codes;
}

function categoriesOfCodes({ name, categories }: ColumnCategories, values: Float64Array): TextColumn {
  const codes = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const isCode = Number.isInteger(value) && value >= 0 && value <= categories.length;
    if (!isCode && !Number.isNaN(value)) {
      throw new MlsecError(
        "unknown-code",
        `Row ${row} of ${JSON.stringify(name)} is ${value}, which is no code: codes go from 0 to ${categories.length}.`,
        { row, column: name, got: value },
      );
    }
    codes[row] = isCode && value < categories.length ? value : -1;
  }
  return { kind: "text", codes, dictionary: categories };
}
