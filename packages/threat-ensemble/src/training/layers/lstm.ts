import { padded } from "../../compute/layout.js";
import { gateSlope } from "../../network/spec.js";
import type { Flow, Pass, Site, TrainingLayer } from "./layer.js";
import { addGradientProduct, type Packing, packing, times, timesTransposed } from "./products.js";

const ACCUMULATE = 1;

/**
 * Hochreiter and Schmidhuber's LSTM (1997) with forget gates, as Keras has it: gates in the order input, forget, cell,
 * output; one bias; z = x·kernel + h·recurrent + bias; c = σ(f)·c + σ(i)·tanh(g); h = σ(o)·tanh(c).
 */
export class LstmLayer implements TrainingLayer {
  readonly output: Flow;
  private readonly sequences: boolean;
  private readonly slope: number;
  private readonly inner: number;
  private readonly units: number;
  private readonly gates: number;
  private readonly cells: number;
  /** tanh of the cells. */
  private readonly squashed: number;
  private readonly hidden: number;
  private readonly dHidden: number;
  private readonly dCell: number;
  private readonly kernelPacking: Packing;
  private readonly recurrentPacking: Packing;

  constructor(private readonly site: Site) {
    const { shape, layout, capacity } = site;
    this.sequences = shape.layer.type === "lstm" && shape.layer.returnSequences;
    this.slope = gateSlope(shape.layer);
    this.inner = padded(shape.width);
    this.units = padded(shape.units);
    const block = capacity * this.units;
    this.gates = layout.take(shape.steps * 4 * block);
    this.cells = layout.take(shape.steps * block);
    this.squashed = layout.take(shape.steps * block);
    this.hidden = layout.take(shape.steps * block);
    this.dHidden = layout.take(block);
    this.dCell = layout.take(block);
    this.output = this.sequences
      ? { values: this.hidden, gradient: layout.take(shape.steps * block) }
      : { values: layout.take(block), gradient: layout.take(block) };
    this.kernelPacking = packing(layout, this.inner, 4 * this.units);
    this.recurrentPacking = packing(layout, this.units, 4 * this.units);
  }

  *forward({ machine: { kernels, numbers }, rows }: Pass): Generator<void> {
    const { index, shape, input, parameters } = this.site;
    const { units, inner } = this;
    const columns = 4 * units;
    const bias = parameters.at(index, "bias");
    const [fromInput, fromState] = [this.kernelPacking.weights, this.recurrentPacking.weights];
    kernels.packColumns(fromInput, parameters.at(index, "kernel"), columns, shape.width, columns);
    kernels.packColumns(fromState, parameters.at(index, "recurrent"), columns, shape.units, columns);
    yield;
    const block = 4 * rows * units;
    for (let step = 0; step < shape.steps; step++) {
      const to = this.gates + 4 * step * block;
      const from = input.values + 4 * step * rows * inner;
      const ofInput = { from, ld: inner, depth: shape.width, packed: fromInput, to, columns, bias, flags: 0 };
      yield* times(kernels, ofInput, rows);
      if (step > 0) {
        const before = this.hidden + (step - 1) * block;
        const ofState = { from: before, ld: units, depth: shape.units, packed: fromState, to, columns, bias: 0 };
        yield* times(kernels, { ...ofState, flags: ACCUMULATE }, rows);
      }
      const here = step * block;
      const cellsBefore = step === 0 ? 0 : this.cells + here - block;
      kernels.lstmForward(
        to,
        cellsBefore,
        this.cells + here,
        this.squashed + here,
        this.hidden + here,
        rows,
        units,
        this.slope,
      );
      yield;
    }
    if (this.sequences) return;
    const last = (this.hidden + (shape.steps - 1) * block) / 4;
    numbers.copyWithin(this.output.values / 4, last, last + rows * units);
  }

  *backward({ machine: { kernels, numbers }, rows, gradients }: Pass): Generator<void> {
    const { index, shape, input, parameters } = this.site;
    const { units, inner, output, gates } = this;
    const outer = 4 * units;
    const block = 4 * rows * units;
    numbers.fill(0, this.dCell / 4, this.dCell / 4 + rows * units);
    const { transposed, weights: packed } = this.recurrentPacking;
    kernels.transpose(transposed, parameters.at(index, "recurrent"), outer, units, outer);
    kernels.packColumns(packed, transposed, units, outer, units);
    yield;
    for (let step = shape.steps - 1; step >= 0; step--) {
      const last = step === shape.steps - 1;
      const ofState = this.sequences ? output.gradient + step * block : last ? output.gradient : this.dHidden;
      if (!last) {
        const from = gates + 4 * (step + 1) * block;
        const flags = this.sequences ? ACCUMULATE : 0;
        yield* times(
          kernels,
          { from, ld: outer, depth: outer, packed, to: ofState, columns: units, bias: 0, flags },
          rows,
        );
      }
      const before = step === 0 ? 0 : this.cells + (step - 1) * block;
      const squashed = this.squashed + step * block;
      kernels.lstmBackward(gates + 4 * step * block, before, squashed, ofState, this.dCell, rows, units, this.slope);
      yield;
    }
    kernels.columnSums(gradients + parameters.offset(index, "bias"), gates, shape.steps * rows, outer);
    yield;
    const all = shape.steps * rows;
    const sum = gradients + parameters.offset(index, "kernel");
    yield* addGradientProduct(kernels, this.kernelPacking, input.values, inner, gates, outer, all, sum);
    const later = gates + 4 * block;
    const recurrentSum = gradients + parameters.offset(index, "recurrent");
    const pairs = all - rows;
    yield* addGradientProduct(kernels, this.recurrentPacking, this.hidden, units, later, outer, pairs, recurrentSum);
    if (input.gradient === 0) return;
    const kernel = parameters.at(index, "kernel");
    yield* timesTransposed(kernels, this.kernelPacking, gates, outer, kernel, input.gradient, inner, all, 0);
  }
}
