import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { exp, log, Random } from "@mlsec/preprocess/numeric";

/** Shares of the 14 classes, as uneven as in a day of traffic: the first is benign. */
const SHARES = [0.7, 0.09, 0.06, 0.05, 0.03, 0.02, 0.015, 0.01, 0.009, 0.006, 0.004, 0.003, 0.002, 0.001];
/** Rows whose label says nothing about them. */
const NOISE = 0.005;
/** The draws of a kind, one per column of that kind in turn. */
const KINDS = ["time", "rate", "size", "count", "port", "mean", "flag", "time", "mean", "rate"] as const;

/** A labelled matrix, column by column. */
export interface LabelledColumns {
  readonly codes: Int32Array;
  readonly columns: Iterable<Float64Array>;
}

/**
 * Flows in the shape of CIC-IDS2017: times and rates over many magnitudes, sizes with a few common values, small counts,
 * ports, flags that are nearly always 0, and one column in ten constant. Every class has its own habits in every column;
 * rows of one class differ by how busy the flow was, which all columns share.
 */
export function labelledFlows(rows: number, columns: number, seed: number): LabelledColumns {
  const random = Random.seeded(seed);
  const drawClass = (): number => {
    let rest = random.float();
    for (const [code, share] of SHARES.entries()) {
      rest -= share;
      if (rest < 0) return code;
    }
    return 0;
  };
  const busy = new Float64Array(rows);
  const nature = new Int32Array(rows);
  const codes = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    busy[row] = random.normal();
    nature[row] = drawClass();
    codes[row] = random.float() < NOISE ? drawClass() : nature[row]!;
  }
  return { codes, columns: flowColumns(nature, busy, columns, random) };
}

function* flowColumns(
  nature: Int32Array,
  busy: Float64Array,
  columns: number,
  random: Random,
): Generator<Float64Array> {
  for (let column = 0; column < columns; column++) {
    const draw = random.fork(column);
    const values = new Float64Array(nature.length);
    if (column % 10 !== 9) {
      const kind = KINDS[(column - Math.floor(column / 10)) % KINDS.length]!;
      const habits = SHARES.map(() => ({ shift: draw.normal(), share: draw.float(), port: draw.below(1024) }));
      for (let row = 0; row < values.length; row++) {
        const { shift, share, port } = habits[nature[row]!]!;
        const level = shift + 0.7 * busy[row]!;
        switch (kind) {
          case "time":
            values[row] = Math.floor(exp(8 + 2 * level + 2 * draw.normal()));
            break;
          case "rate":
            values[row] = exp(3 * level + 3 * draw.normal());
            break;
          case "size":
            values[row] = draw.float() < share ? [0, 6, 20, 40, 1460][draw.below(5)]! : draw.below(1460);
            break;
          case "count":
            values[row] = Math.floor(-log(1 - draw.float()) * exp(1 + level));
            break;
          case "port":
            values[row] = draw.float() < share ? port : draw.below(65_536);
            break;
          case "mean":
            values[row] = Math.max(0, 300 + 150 * (level + draw.normal()));
            break;
          case "flag":
            values[row] = draw.float() < 0.1 * share ? 1 : 0;
            break;
        }
      }
    }
    yield values;
  }
}

/** Writes the columns one after the other, as float64, and the class of every row as a last one. */
export async function writeLabelled(path: string, { codes, columns }: LabelledColumns): Promise<void> {
  const stream = createWriteStream(path);
  const write = async ({ buffer, byteOffset, byteLength }: Float64Array): Promise<void> => {
    if (!stream.write(new Uint8Array(buffer, byteOffset, byteLength))) await once(stream, "drain");
  };
  for (const column of columns) await write(column);
  await write(Float64Array.from(codes));
  stream.end();
  await once(stream, "close");
}
