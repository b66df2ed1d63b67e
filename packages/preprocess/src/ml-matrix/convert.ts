import { MlsecError } from "../errors.js";
import { type FeatureMatrix, featureMatrix } from "../feature-matrix.js";
import { missingPeer } from "../missing-peer.js";

/** What is read of an ml-matrix `Matrix`, or of one of its views. */
export interface ReadableMatrix {
  readonly rows: number;
  readonly columns: number;
  get(row: number, column: number): number;
}

/** What is written of an ml-matrix `Matrix`. */
export interface WritableMatrix {
  set(row: number, column: number, value: number): unknown;
}

/** The class `Matrix` of ml-matrix. */
export type MlMatrixConstructor<M extends WritableMatrix> = new (rows: number, columns: number) => M;

/**
 * A feature matrix as an ml-matrix `Matrix`, rows × features; NaN stays NaN. ml-matrix keeps rows, a `FeatureMatrix`
 * columns, so all values are copied. The class is handed over, so that the caller's own copy of ml-matrix is used.
 *
 * @param Matrix `import { Matrix } from "ml-matrix"`.
 * @throws MlsecError `missing-peer` where `Matrix` is no class.
 */
export function toMlMatrix<M extends WritableMatrix>(Matrix: MlMatrixConstructor<M>, matrix: FeatureMatrix): M {
  if (typeof Matrix !== "function") {
    throw missingPeer("ml-matrix", 'toMlMatrix(Matrix, matrix), with Matrix from import { Matrix } from "ml-matrix",');
  }
  const made = new Matrix(matrix.rows, matrix.features.length);
  for (let row = 0; row < matrix.rows; row++) {
    for (let column = 0; column < matrix.columns.length; column++) made.set(row, column, matrix.columns[column]![row]!);
  }
  return made;
}

/**
 * An ml-matrix `Matrix`, or a view of one, as a feature matrix. All values are copied. Needs no ml-matrix of its own.
 *
 * @param features the names of the columns, in order.
 * @throws MlsecError `length-mismatch` unless there is one name for each column; `duplicate-column`.
 */
export function fromMlMatrix(matrix: ReadableMatrix, features: readonly string[]): FeatureMatrix {
  if (features.length !== matrix.columns) {
    throw new MlsecError(
      "length-mismatch",
      `${features.length} feature names were given for the ${matrix.columns} columns of the matrix.`,
      { expected: matrix.columns, got: features.length },
    );
  }
  return featureMatrix(
    features,
    features.map((_, column) => Float64Array.from({ length: matrix.rows }, (_, row) => matrix.get(row, column))),
  );
}
