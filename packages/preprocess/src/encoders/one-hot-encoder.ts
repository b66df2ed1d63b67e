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
  policiesFromState,
} from "./column-categories.js";
import { textColumnsOf } from "./ordinal-encoder.js";

/**
 * What becomes of an unknown or missing category: an error; zeros in all columns (`ignore`); a 1 in the column of all
 * others, which is then always there (`other`); or that only where rare or missing training cells made such a column, and
 * zeros where not (`infrequentIfExist`, scikit-learn's `infrequent_if_exist`).
 */
export type OneHotPolicy = CategoryPolicy;

export interface OneHotEncoderOptions {
  /** Columns to encode; default all text columns. Numbers count as the texts of their shortest form. */
  readonly columns?: readonly string[] | undefined;
  /** For categories that training did not see; default `error`. */
  readonly unknown?: OneHotPolicy | undefined;
  /** For missing cells; default as `unknown`. */
  readonly missing?: OneHotPolicy | undefined;
  /** Categories in fewer training rows share the column `<other>`. Default 1: none are rare. */
  readonly minCount?: number | undefined;
}

const POLICIES: readonly OneHotPolicy[] = ["error", "ignore", "other", "infrequentIfExist"];

/**
 * Text → one column of 0 and 1 a category, named `column=category`, in code-point order, as scikit-learn's OneHotEncoder
 * (with `min_frequency` for `minCount`). Rare categories share one column, `column=<other>`. Unlike there, a missing cell
 * is no category of its own but follows a policy, and no column is dropped.
 */
export class OneHotEncoder {
  /** Names of the matrix columns, in order. */
  readonly features: readonly string[];

  private constructor(
    readonly columns: readonly ColumnCategories[],
    private readonly policies: CategoryPolicies,
  ) {
    this.features = columns.flatMap(indicatorNames);
  }

  /**
   * @throws MlsecError `missing-column`, `too-many-categories`, `invalid-option`, and `missing-category` where missing
   *   cells are refused and there are some.
   */
  static fit(
    table: Table,
    { columns, unknown = "error", missing = unknown, minCount }: OneHotEncoderOptions = {},
  ): OneHotEncoder {
    const policies = checkedPolicies(unknown, missing, POLICIES);
    const names = columns ?? textColumnsOf(table);
    return new OneHotEncoder(
      names.map((name) => ColumnCategories.learn(table.column(name), name, policies, minCount, false)),
      policies,
    );
  }

  /** The categories with a column of their own, per encoded column. */
  get categories(): readonly (readonly string[])[] {
    return this.columns.map(({ categories }) => categories);
  }

  /** @throws MlsecError `missing-column`, and `unknown-category` or `missing-category` where the policy refuses them. */
  transform(table: Table): FeatureMatrix {
    return featureMatrix(
      this.features,
      this.columns.flatMap((column) => indicators(column, column.placesOf(table.column(column.name)))),
    );
  }

  /**
   * The categories of rows of 0 and 1. A row with its 1 in the column of all others, or without one, becomes a missing cell.
   *
   * @throws MlsecError `feature-mismatch`, or `not-one-hot` for a row with more than one 1 or with other numbers.
   */
  inverseTransform(matrix: FeatureMatrix): Table {
    requireFeatures(matrix, this.features);
    let at = 0;
    return Table.of(
      this.columns.map((column): [string, TextColumn] => {
        const own = matrix.columns.slice(at, at + column.width);
        at += column.width;
        return [column.name, categoriesOfIndicators(column, own, matrix.rows)];
      }),
    );
  }

  toState(): State {
    return { ...this.policies, columns: this.columns.map((column) => column.toState()) };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): OneHotEncoder {
    const reader = new StateReader(state, "OneHotEncoder");
    const policies = policiesFromState(reader, POLICIES);
    return new OneHotEncoder(
      reader.objects("columns").map((column) => ColumnCategories.fromState(column, policies)),
      policies,
    );
  }

  static fromJSON(json: Json): OneHotEncoder {
    return OneHotEncoder.fromState(json);
  }
}

/** The names of the columns that a column becomes. */
export function indicatorNames({ name, categories, other }: ColumnCategories): string[] {
  return [...categories, ...(other ? ["<other>"] : [])].map((category) => `${name}=${category}`);
}

/** The columns of 0 and 1 that a column's cells become, by their places. */
export function indicators({ width }: ColumnCategories, places: Int32Array): Float64Array[] {
  const made = Array.from({ length: width }, () => new Float64Array(places.length));
  for (let row = 0; row < places.length; row++) {
    const place = places[row]!;
    if (place >= 0) made[place]![row] = 1;
  }
  return made;
}

function categoriesOfIndicators(
  { name, categories }: ColumnCategories,
  columns: readonly Float64Array[],
  rows: number,
): TextColumn {
  const codes = new Int32Array(rows).fill(-1);
  const marked = new Uint8Array(rows);
  for (const [place, values] of columns.entries()) {
    for (let row = 0; row < rows; row++) {
      const value = values[row]!;
      if (value === 0) continue;
      if (value !== 1 || marked[row] === 1) throw notOneHot(name, row);
      marked[row] = 1;
      if (place < categories.length) codes[row] = place;
    }
  }
  return { kind: "text", codes, dictionary: categories };
}

function notOneHot(name: string, row: number): MlsecError {
  return new MlsecError(
    "not-one-hot",
    `Row ${row} has more than one 1, or another number than 0 and 1, in the columns of ${JSON.stringify(name)}.`,
    { row, column: name },
  );
}
