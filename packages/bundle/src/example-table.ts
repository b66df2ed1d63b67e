import {
  type ColumnSketch,
  DEFAULT_SEED,
  MlsecError,
  type NumberSketch,
  Table,
  type TextSketch,
  textColumn,
  toCsv,
} from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import type { Pipeline } from "./manifest.js";

/** The greatest bound that an integer can be drawn below. */
const MOST_BELOW = 4_294_967_296;

/** Most rows of an example. */
export const MAX_EXAMPLE_ROWS = 1_000_000;

/**
 * Plausible rows for a model: exactly its input columns, in order, each cell drawn from the sketch of the training column
 * that the bundle keeps. Columns are drawn on their own, so what goes together in real traffic does not here.
 *
 * @param rows from 1 to `MAX_EXAMPLE_ROWS`.
 * @throws MlsecError `invalid-option`, or `no-sketch` where the bundle keeps none of a column.
 */
export function exampleTable({ preprocessor, provenance }: Pipeline, rows: number, seed: number = DEFAULT_SEED): Table {
  if (!Number.isInteger(rows) || rows < 1 || rows > MAX_EXAMPLE_ROWS) {
    throw new MlsecError("invalid-option", `An example has from 1 to ${MAX_EXAMPLE_ROWS} rows, not ${rows}.`, {
      got: rows,
    });
  }
  const sketches = new Map(provenance.fingerprint.columns.map(({ name, sketch }) => [name, sketch]));
  const random = Random.seeded(seed);
  return Table.of(
    preprocessor.inputs.map(({ name, type }, index) => {
      const sketch = sketches.get(name);
      if (sketch?.type !== type || !hasValues(sketch)) {
        throw new MlsecError(
          "no-sketch",
          `The bundle keeps no values of the column ${JSON.stringify(name)} to draw from.`,
          { column: name },
        );
      }
      const own = random.fork(index);
      return [name, sketch.type === "number" ? drawNumbers(sketch, rows, own) : drawTexts(sketch, rows, own)];
    }),
  );
}

/** `exampleTable` as CSV, header first. */
export function exampleCsv(pipeline: Pipeline, rows: number, seed: number = DEFAULT_SEED): string {
  return toCsv(exampleTable(pipeline, rows, seed));
}

function hasValues(sketch: ColumnSketch): boolean {
  return sketch.type === "number" ? sketch.quantiles.length > 0 : sketch.categories.length > 0;
}

/** By inverting the distribution between the sketch's quantiles: a uniform draw picks a quantile. */
function drawNumbers(
  { quantiles, integer }: NumberSketch,
  rows: number,
  random: Random,
): { kind: "number"; values: Float64Array } {
  const last = quantiles.length - 1;
  const values = Float64Array.from({ length: rows }, () => {
    const place = random.float() * last;
    const below = Math.floor(place);
    const low = quantiles[below]!;
    const high = quantiles[Math.min(below + 1, last)]!;
    const value = low + (high - low) * (place - below);
    return integer ? Math.round(value) : value;
  });
  return { kind: "number", values };
}

function drawTexts({ categories }: TextSketch, rows: number, random: Random): ReturnType<typeof textColumn> {
  const total = categories.reduce((sum, [, count]) => sum + count, 0);
  return textColumn(
    Array.from({ length: rows }, () => {
      // Of more rows than a draw has values, which one it is exactly does not matter.
      let left = total <= MOST_BELOW ? random.below(total) : random.float() * total;
      for (const [category, count] of categories) {
        left -= count;
        if (left < 0) return category;
      }
      return categories[0]![0];
    }),
  );
}
