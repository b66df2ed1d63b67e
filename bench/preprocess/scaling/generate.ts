import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { Random } from "@mlsec/preprocess/numeric";

/**
 * Columns as flows have them: constant, mostly zero, small counts, sizes with a few common values, heavy-tailed times and
 * rates, one with −1 for "not there". A fifth of the rows repeats an earlier one.
 */
export function* flowColumns(rows: number, columns: number, seed: number): Generator<Float64Array> {
  const random = Random.seeded(seed);
  const source = Int32Array.from({ length: rows }, (_, row) =>
    row > 0 && random.below(5) === 0 ? random.below(row) : row,
  );
  for (let column = 0; column < columns; column++) {
    const draw = random.fork(column);
    const kinds: readonly (() => number)[] = [
      () => (draw.below(20) === 0 ? draw.below(1000) : 0),
      () => draw.below(12),
      () => [0, 6, 20, 40, 1460][draw.below(5)]! + (draw.below(4) === 0 ? draw.below(1460) : 0),
      () => Math.floor(1e6 / (1 - draw.float())),
      () => draw.exponential() * 1e5,
      () => (draw.below(3) === 0 ? -1 : draw.below(65_536)),
      () => draw.normal() * 300 + 700,
    ];
    // One column in ten is constant; the others take turns.
    const kind = column % 10 === 9 ? () => 0 : kinds[column % kinds.length]!;
    const values = new Float64Array(rows);
    for (let row = 0; row < rows; row++) values[row] = source[row] === row ? kind() : values[source[row]!]!;
    yield values;
  }
}

/** Writes the columns one after the other, as float64. */
export async function writeColumns(path: string, columns: Iterable<Float64Array>): Promise<void> {
  const stream = createWriteStream(path);
  for (const { buffer, byteOffset, byteLength } of columns) {
    if (!stream.write(new Uint8Array(buffer, byteOffset, byteLength))) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
}
