import { Layout, padded } from "../compute/layout.js";
import type { Machine } from "../compute/machine.js";
import { openScoreKernels, type ScoreKernels } from "../compute/score-kernels.js";
import { computedShapes, foldedStages } from "./fold.js";
import { gateSlope, type LayerShape, type LayerWeights, layerShapes, type NetworkSpec } from "./spec.js";

/** Rows that go through the layers together, so that what passes between two layers stays in the caches. */
const BLOCK_ROWS = 64;
const ACCUMULATE = 1;
const RELU = 2;

/** Rows of input: the first step's address, numbers from step to step, from row to row, and in a row. */
interface Rows {
  readonly at: number;
  readonly step: number;
  readonly row: number;
  readonly width: number;
}

type Run = (rows: number) => Rows;

/** The forward pass of a network on the kernels: batch normalisation folded in, weights packed once. */
export class Scorer {
  private readonly machine: Machine<ScoreKernels>;
  private readonly shapes: readonly LayerShape[];
  private readonly layers: readonly Layer[];
  private readonly inputs: number;
  private readonly run: Run;
  private readonly rowLength: number;

  constructor(spec: NetworkSpec) {
    this.rowLength = spec.steps * spec.width;
    this.shapes = layerShapes(spec);
    const layout = new Layout();
    this.inputs = layout.take(BLOCK_ROWS * this.rowLength);
    this.layers = computedShapes(this.shapes).map((shape) =>
      shape.layer.type === "lstm" ? lstmLayer(shape, layout) : denseLayer(shape, layout),
    );
    this.machine = openScoreKernels(layout);
    const first: Rows = { at: this.inputs, step: spec.width, row: this.rowLength, width: spec.width };
    let run: Run = () => first;
    for (const layer of this.layers) {
      const before = run;
      const step = layer.step(this.machine);
      run = (rows) => step(before(rows), rows);
    }
    this.run = run;
  }

  /** Takes weights, in place of those before: what was packed of them stays in the same memory. */
  load(weights: readonly LayerWeights[]): this {
    for (const [index, stage] of foldedStages(this.shapes, weights).entries())
      this.layers[index]!.load(this.machine, stage.weights);
    return this;
  }

  /** Writes the logit of each row. */
  logits(inputs: Float32Array, logits: Float32Array): void {
    const { numbers } = this.machine;
    for (let from = 0; from < logits.length; from += BLOCK_ROWS) {
      const rows = Math.min(BLOCK_ROWS, logits.length - from);
      numbers.set(inputs.subarray(from * this.rowLength, (from + rows) * this.rowLength), this.inputs / 4);
      const { at, row } = this.run(rows);
      for (let i = 0; i < rows; i++) logits[from + i] = numbers[at / 4 + i * row]!;
    }
  }

  /** The logit of one row. */
  logit(values: ArrayLike<number>): number {
    const { numbers } = this.machine;
    const at = this.inputs / 4;
    for (let i = 0; i < this.rowLength; i++) numbers[at + i] = values[i]!;
    return numbers[this.run(1).at / 4]!;
  }
}

/** A layer with its places in memory. */
interface Layer {
  /** Packs its weights. */
  load(machine: Machine<ScoreKernels>, weights: LayerWeights): void;
  /** The computation of a block of rows. */
  step(machine: Machine<ScoreKernels>): (input: Rows, rows: number) => Rows;
}

function denseLayer(shape: LayerShape, layout: Layout): Layer {
  const units = padded(shape.units);
  const [plain, kernel, bias] = [shape.width * units, shape.width * units, units].map((n) => layout.take(n)) as Three;
  const output = layout.take(BLOCK_ROWS * units);
  const relu = shape.layer.type === "dense" && shape.layer.activation === "relu" ? RELU : 0;
  const result: Rows = { at: output, step: 0, row: units, width: units };
  const placing = { plain, kernel, bias, rows: shape.width, groups: 1, columns: shape.units, name: "kernel" };
  return {
    load: (machine, weights) => place(machine, weights, placing),
    step:
      ({ kernels }) =>
      (input, rows) => {
        kernels.multiply(input.at, input.row, kernel, output, units, rows, units, shape.width, bias, relu);
        return result;
      },
  };
}

function lstmLayer(shape: LayerShape, layout: Layout): Layer {
  const units = padded(shape.units);
  const gates = 4 * units;
  const [plain, kernel, bias] = [Math.max(shape.width, units) * gates, shape.width * gates, gates].map((n) =>
    layout.take(n),
  ) as Three;
  const recurrent = layout.take(units * gates);
  const z = layout.take(BLOCK_ROWS * gates);
  const cells = layout.take(BLOCK_ROWS * units);
  const sequences = shape.layer.type === "lstm" && shape.layer.returnSequences;
  const slope = gateSlope(shape.layer);
  const hidden = layout.take((sequences ? shape.steps : 1) * BLOCK_ROWS * units);
  const common = { plain, groups: 4, columns: shape.units };
  return {
    load(machine, weights) {
      place(machine, weights, { ...common, kernel, bias, rows: shape.width, name: "kernel" });
      place(machine, weights, { ...common, kernel: recurrent, bias: 0, rows: shape.units, name: "recurrent" });
    },
    step({ kernels }) {
      const result: Rows = { at: hidden, step: 0, row: units, width: units };
      return (input, rows) => {
        let state = hidden;
        // The inputs of all steps of one row are a matrix: its product reads the weights once, not once a step.
        const together = rows === 1 && shape.steps <= BLOCK_ROWS;
        if (together) {
          const ld = input.step === 0 ? input.row : input.step;
          kernels.multiply(input.at, ld, kernel, z, gates, shape.steps, gates, shape.width, bias, 0);
        }
        for (let step = 0; step < shape.steps; step++) {
          const to = together ? z + 4 * step * gates : z;
          if (!together) {
            const from = input.at + 4 * step * (input.step === 0 ? rows * input.row : input.step);
            kernels.multiply(from, input.row, kernel, z, gates, rows, gates, shape.width, bias, 0);
          }
          if (step > 0) kernels.multiply(state, units, recurrent, to, gates, rows, gates, shape.units, 0, ACCUMULATE);
          if (sequences) state = hidden + 4 * step * rows * units;
          kernels.lstmScore(to, cells, state, rows, units, step === 0 ? 1 : 0, slope);
        }
        return result;
      };
    },
  };
}

type Three = [number, number, number];

interface Placing {
  readonly plain: number;
  readonly kernel: number;
  /** 0 for none. */
  readonly bias: number;
  readonly rows: number;
  readonly groups: number;
  readonly columns: number;
  readonly name: string;
}

/** Puts a matrix of weights in its packed place, each group of columns padded to whole vectors, and the bias in its own. */
function place({ numbers, kernels }: Machine<ScoreKernels>, weights: LayerWeights, placing: Placing): void {
  const { plain, kernel, bias, rows, groups, columns, name } = placing;
  const wide = padded(columns);
  const copy = (values: Float32Array, to: number, count: number): void => {
    for (let part = 0; part < count * groups; part++)
      numbers.set(values.subarray(part * columns, (part + 1) * columns), to / 4 + part * wide);
  };
  copy(weights[name]!, plain, rows);
  if (bias !== 0) copy(weights["bias"]!, bias, 1);
  kernels.packColumns(kernel, plain, groups * wide, rows, groups * wide);
}
