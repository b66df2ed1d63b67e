import { listSome, MlsecError } from "./errors.js";
import { requireRows } from "./rows.js";
import { takeNumbers } from "./table.js";

/**
 * What models see: `rows` × `features.length` float64 values, stored by column, because trees, scalers and correlations
 * read columns. `columns[j][i]` is feature `features[j]` of row `i`; NaN marks a missing value.
 */
export interface FeatureMatrix {
  readonly rows: number;
  readonly features: readonly string[];
  readonly columns: readonly Float64Array[];
}

/**
 * Makes a matrix and checks its shape.
 *
 * @throws MlsecError `length-mismatch` or `duplicate-column`.
 */
export function featureMatrix(features: readonly string[], columns: readonly Float64Array[]): FeatureMatrix {
  if (features.length !== columns.length) {
    throw new MlsecError(
      "length-mismatch",
      `${features.length} feature names were given for ${columns.length} columns.`,
      {
        expected: features.length,
        got: columns.length,
      },
    );
  }
  if (new Set(features).size !== features.length) {
    const twice = features.filter((name, index) => features.indexOf(name) !== index);
    throw new MlsecError("duplicate-column", `Feature names occur twice: ${listSome(twice)}.`, { columns: twice });
  }
  const rows = columns[0]?.length ?? 0;
  for (const [index, column] of columns.entries()) {
    if (column.length !== rows) {
      throw new MlsecError(
        "length-mismatch",
        `Feature ${JSON.stringify(features[index])} has ${column.length} rows where the others have ${rows}.`,
        { column: features[index], expected: rows, got: column.length },
      );
    }
  }
  return { rows, features, columns };
}

/** The given rows, in the given order. @throws MlsecError `row-out-of-range`. */
export function takeRows(matrix: FeatureMatrix, rows: Int32Array): FeatureMatrix {
  requireRows(rows, matrix.rows);
  return {
    rows: rows.length,
    features: matrix.features,
    columns: matrix.columns.map((column) => takeNumbers(column, rows)),
  };
}

/** The named features in the order given, without copying. @throws MlsecError `missing-column`. */
export function selectFeatures(matrix: FeatureMatrix, features: readonly string[]): FeatureMatrix {
  const indexOf = new Map(matrix.features.map((name, index) => [name, index]));
  const missing = features.filter((name) => !indexOf.has(name));
  if (missing.length > 0) {
    throw new MlsecError("missing-column", `The matrix has no feature ${listSome(missing)}.`, { columns: missing });
  }
  return featureMatrix(
    features,
    features.map((name) => matrix.columns[indexOf.get(name)!]!),
  );
}
