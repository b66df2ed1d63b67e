import { MlsecError } from "../errors.js";
import { type FeatureMatrix, featureMatrix } from "../feature-matrix.js";
import { quantileOfSorted, sortedPresent } from "../quantile.js";
import { learned, requireFeatures, requirePresent } from "../scalers/scaler.js";
import { type Json, type State, StateReader, toPlain } from "../state.js";

/** A numeric column with the ascending ends of its pieces: two at least. */
export interface PiecewiseColumn {
  readonly name: string;
  readonly edges: Float64Array;
}

/** Most pieces of a column. */
const MAX_BINS = 1024;

/**
 * Numbers → pieces of their training range: for each piece a column of how much of it lies below the number, from 0 to 1,
 * named `column>edge` by its lower end. A network learns a level for every piece, where one scaled column gives it a slope
 * (piecewise linear encoding of Gorishniy, Rubachev, Babenko 2022, "On embeddings for numerical features in tabular deep
 * learning"). Numbers outside the training range are as its ends; NaN is kept.
 *
 * Half of the edges are quantiles of the rows, half of the distinct values, so that neither a value that most rows have
 * nor a long tail takes all the pieces; columns of few distinct values have a piece between each two.
 */
export class PiecewiseLinearEncoder {
  /** Names of the matrix columns, in order. */
  readonly features: readonly string[];

  private constructor(readonly columns: readonly PiecewiseColumn[]) {
    this.features = columns.flatMap(pieceNames);
  }

  /**
   * @param options.bins most pieces of a column, from 2 to 1024; default 16.
   * @throws MlsecError `invalid-option`, `no-values` for a feature without values, `not-finite` for infinite ones.
   */
  static fit(
    matrix: FeatureMatrix,
    { bins = 16 }: { readonly bins?: number | undefined } = {},
  ): PiecewiseLinearEncoder {
    if (!(Number.isInteger(bins) && bins >= 2 && bins <= MAX_BINS))
      throw new MlsecError("invalid-option", `bins must be an integer from 2 to ${MAX_BINS}, not ${bins}.`, {
        got: bins,
      });
    return new PiecewiseLinearEncoder(
      matrix.features.map((name, index) => ({ name, edges: edgesOf(matrix.columns[index]!, name, bins) })),
    );
  }

  /** @throws MlsecError `feature-mismatch` unless the matrix has exactly the features of the fit, in order. */
  transform(matrix: FeatureMatrix): FeatureMatrix {
    requireFeatures(
      matrix,
      this.columns.map(({ name }) => name),
    );
    return featureMatrix(
      this.features,
      this.columns.flatMap((column, index) => pieces(column, matrix.columns[index]!)),
    );
  }

  toState(): State {
    return { columns: this.columns.map(({ name, edges }) => ({ name, edges })) };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): PiecewiseLinearEncoder {
    return new PiecewiseLinearEncoder(
      new StateReader(state, "PiecewiseLinearEncoder").objects("columns").map((reader) => {
        const edges = reader.float64("edges");
        const range = edges.at(-1)! - edges[0]!;
        const ascending = range - range === 0 && edges.every((edge, i) => i === 0 || edges[i - 1]! < edge);
        if (edges.length < 2 || edges.length > MAX_BINS + 1 || !ascending)
          reader.fail("edges", `2 to ${MAX_BINS + 1} ascending numbers`);
        return { name: reader.string("name"), edges };
      }),
    );
  }

  static fromJSON(json: Json): PiecewiseLinearEncoder {
    return PiecewiseLinearEncoder.fromState(json);
  }
}

/** The names of the columns that a column becomes. */
export function pieceNames({ name, edges }: PiecewiseColumn): string[] {
  return Array.from(edges.subarray(0, -1), (edge) => `${name}>${edge}`);
}

/** The columns that a column's values become. */
export function pieces({ edges }: PiecewiseColumn, values: Float64Array): Float64Array[] {
  return Array.from({ length: edges.length - 1 }, (_, piece) => {
    const made = new Float64Array(values.length);
    for (let row = 0; row < values.length; row++)
      made[row] = pieceValue(edges[piece]!, edges[piece + 1]!, values[row]!);
    return made;
  });
}

/** How much of a piece lies below a value. */
export function pieceValue(from: number, to: number, value: number): number {
  return Math.min(Math.max((value - from) / (to - from), 0), 1);
}

function edgesOf(values: Float64Array, feature: string, bins: number): Float64Array {
  const sorted = sortedPresent(values);
  requirePresent(sorted.length, feature);
  const [least, most] = [learned(sorted[0]!, feature), learned(sorted.at(-1)!, feature)];
  learned(most - least, feature);
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  // Nothing is learnt from a constant, which must not become a division by zero.
  if (distinct.length === 1)
    return Float64Array.of(least, learned(Math.max(least + 1, least + Math.abs(least)), feature));
  if (distinct.length <= bins + 1) return distinct.map((value) => learned(value, feature));
  const ofRows = Math.floor(bins / 2);
  const ofDistinct = bins - ofRows;
  const edges = new Set([least, most]);
  for (let i = 1; i < ofRows; i++) edges.add(quantileOfSorted(sorted, i / ofRows));
  for (let i = 1; i <= ofDistinct; i++) edges.add(quantileOfSorted(distinct, i / (ofDistinct + 1)));
  return Float64Array.from(edges).sort();
}
