import { type Layout, padded } from "../compute/layout.js";
import type { LayerShape, LayerWeights } from "../network/spec.js";

/** Names of the weights that batches move by their statistics, not by gradients. */
const STATISTICS: ReadonlySet<string> = new Set(["mean", "variance"]);

/** Whether gradients move the weight of that name. */
export function isTrained(name: string): boolean {
  return !STATISTICS.has(name);
}

/** One weight of a layer in memory: rows × groups × columns, where rows of a matrix and columns are padded with zeros to fours. */
interface Block {
  readonly layer: number;
  readonly name: string;
  readonly rows: number;
  /** Four for the gates of an LSTM, which begin at vectors of their own. */
  readonly groups: number;
  readonly columns: number;
  /** Bytes from the beginning of the region. */
  readonly offset: number;
}

/** A region of memory that holds some weights of every layer, in a row: what an optimizer sees as one vector. */
class Region {
  readonly blocks: readonly Block[];
  /** Numbers in the region, a multiple of 4. */
  readonly length: number;

  constructor(shapes: readonly LayerShape[], holds: (name: string) => boolean) {
    let offset = 0;
    this.blocks = shapes.flatMap((shape, layer) =>
      Object.keys(shape.weights)
        .filter(holds)
        .map((name) => {
          const block = { layer, name, ...dimensions(shape, name), offset };
          offset += 4 * (matrix(name) ? padded(block.rows) : 1) * block.groups * padded(block.columns);
          return block;
        }),
    );
    this.length = offset / 4;
  }
}

/** Where the weights of a network lie, and how they get there and back. */
export class Parameters {
  private readonly trained: Region;
  private readonly statistics: Region;
  readonly trainedAt: number;
  private readonly statisticsAt: number;

  constructor(
    private readonly shapes: readonly LayerShape[],
    layout: Layout,
  ) {
    this.trained = new Region(shapes, isTrained);
    this.statistics = new Region(shapes, (name) => !isTrained(name));
    this.trainedAt = layout.take(this.trained.length);
    this.statisticsAt = layout.take(this.statistics.length);
  }

  /** Numbers that gradients move, padding included. */
  get length(): number {
    return this.trained.length;
  }

  /** Bytes from the beginning of a region of `length` numbers to a weight that gradients move. */
  offset(layer: number, name: string): number {
    return find(this.trained, layer, name).offset;
  }

  /** The address of a weight. */
  at(layer: number, name: string): number {
    return isTrained(name)
      ? this.trainedAt + this.offset(layer, name)
      : this.statisticsAt + find(this.statistics, layer, name).offset;
  }

  write(numbers: Float32Array, weights: readonly LayerWeights[]): void {
    for (const [region, at] of this.regions()) writeRegion(region, numbers, at, weights);
  }

  /** The weights of every layer, without padding. */
  read(numbers: Float32Array): LayerWeights[] {
    const layers = this.shapes.map((): Record<string, Float32Array> => ({}));
    for (const [region, at] of this.regions()) readRegion(region, numbers, at, layers);
    return layers;
  }

  /** What lies in another region as the trained weights lie in theirs: gradients, for example. */
  readFrom(numbers: Float32Array, at: number): LayerWeights[] {
    const layers = this.shapes.map((): Record<string, Float32Array> => ({}));
    readRegion(this.trained, numbers, at, layers);
    return layers;
  }

  /** The way back of `readFrom`. */
  writeTo(numbers: Float32Array, at: number, weights: readonly LayerWeights[]): void {
    writeRegion(this.trained, numbers, at, weights);
  }

  private regions(): [Region, number][] {
    return [
      [this.trained, this.trainedAt],
      [this.statistics, this.statisticsAt],
    ];
  }
}

function find({ blocks }: Region, layer: number, name: string): Block {
  return blocks.find((block) => block.layer === layer && block.name === name)!;
}

function writeRegion(region: Region, numbers: Float32Array, at: number, layers: readonly LayerWeights[]): void {
  for (const block of region.blocks) copy(block, layers[block.layer]![block.name]!, numbers, at, true);
}

function readRegion(region: Region, numbers: Float32Array, at: number, layers: Record<string, Float32Array>[]): void {
  for (const block of region.blocks) {
    const values = new Float32Array(block.rows * block.groups * block.columns);
    copy(block, values, numbers, at, false);
    layers[block.layer]![block.name] = values;
  }
}

function matrix(name: string): boolean {
  return name === "kernel" || name === "recurrent";
}

function dimensions(
  { layer, width, units }: LayerShape,
  name: string,
): { rows: number; groups: number; columns: number } {
  const groups = layer.type === "lstm" ? 4 : 1;
  const rows = name === "kernel" ? width : name === "recurrent" ? units : 1;
  return { rows, groups, columns: units };
}

/** Between the values of a weight, as they are kept outside, and its block in memory. */
function copy(
  { rows, groups, columns, offset }: Block,
  values: Float32Array,
  numbers: Float32Array,
  at: number,
  inwards: boolean,
): void {
  const wide = padded(columns);
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const outside = (row * groups + group) * columns;
      const inside = (at + offset) / 4 + (row * groups + group) * wide;
      if (inwards) numbers.set(values.subarray(outside, outside + columns), inside);
      else values.set(numbers.subarray(inside, inside + columns), outside);
    }
  }
}
