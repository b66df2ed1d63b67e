import type { FeatureMatrix } from "@mlsec/preprocess";

/**
 * How a matrix becomes the networks' inputs. The ANN sees each row as it is. The LSTM sees one time step per original
 * column, in order: the vector of the matrix columns made from it, padded with zeros to the widest.
 */
export class InputLayout {
  /** Time steps: the original columns in the order of their first matrix column. */
  readonly steps: readonly string[];
  /** Numbers in each step. */
  readonly width: number;
  /** Place of each matrix column within an LSTM row of steps × width numbers. */
  readonly places: Int32Array;

  /** @param sources for each matrix column, the original column that it came from. */
  constructor(readonly sources: readonly string[]) {
    const widths = new Map<string, number>();
    const within = sources.map((source) => {
      const place = widths.get(source) ?? 0;
      widths.set(source, place + 1);
      return place;
    });
    this.steps = [...widths.keys()];
    const stepOf = new Map(this.steps.map((source, step) => [source, step]));
    let widest = 0;
    for (const width of widths.values()) widest = Math.max(widest, width);
    this.width = widest;
    this.places = Int32Array.from(sources, (source, column) => stepOf.get(source)! * widest + within[column]!);
  }

  /** rows × columns numbers, row-major. */
  flat(matrix: FeatureMatrix): Float32Array {
    const width = matrix.columns.length;
    return scatter(
      matrix,
      width,
      Int32Array.from({ length: width }, (_, column) => column),
    );
  }

  /** rows × steps × width numbers, row-major. */
  sequence(matrix: FeatureMatrix): Float32Array {
    return scatter(matrix, this.steps.length * this.width, this.places);
  }
}

function scatter(matrix: FeatureMatrix, rowLength: number, places: Int32Array): Float32Array {
  const inputs = new Float32Array(matrix.rows * rowLength);
  for (const [column, values] of matrix.columns.entries()) {
    for (let row = 0, at = places[column]!; row < matrix.rows; row++, at += rowLength) inputs[at] = values[row]!;
  }
  return inputs;
}
