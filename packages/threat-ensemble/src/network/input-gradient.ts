import { sigmoid, tanh } from "@mlsec/preprocess/numeric";
import { foldedStages, type Stage } from "./fold.js";
import type { Network } from "./network.js";
import { gateSlope, layerShapes } from "./spec.js";

/** A layer that keeps what it computed, for the way back. */
interface DifferentiableLayer {
  readonly output: Float64Array;
  forward(input: Float64Array): void;
  /** From the gradient of the output to that of the input, which it overwrites. */
  backward(outputGradient: Float64Array, inputGradient: Float64Array): void;
}

/**
 * The gradient of a network's logit with respect to its inputs, as scoring computes the logit (moving statistics, no
 * dropout), in float64 by backpropagation. One row at a time: it is for explanations, not for training.
 */
export class InputGradient {
  private readonly layers: readonly DifferentiableLayer[];
  /** The gradient of each layer's input, the row's own first. */
  private readonly gradients: readonly Float64Array[];

  constructor({ spec, weights }: Network) {
    const shapes = layerShapes(spec);
    const stages = foldedStages(shapes, weights);
    this.layers = stages.map((stage) => (stage.shape.layer.type === "lstm" ? lstmLayer(stage) : denseLayer(stage)));
    this.gradients = stages.map(({ shape }) => new Float64Array(shape.steps * shape.width));
  }

  /**
   * The logit at a row of steps × width inputs. `gradient`, of the same length, is overwritten.
   */
  at(row: Float64Array, gradient: Float64Array): number {
    let values = row;
    for (const layer of this.layers) {
      layer.forward(values);
      values = layer.output;
    }
    const logit = values[0]!;
    let after: Float64Array = Float64Array.of(1);
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const before = this.gradients[index]!;
      this.layers[index]!.backward(after, before);
      after = before;
    }
    gradient.set(after);
    return logit;
  }
}

function denseLayer({ shape, weights }: Stage): DifferentiableLayer {
  const { width, units } = shape;
  const kernel = Float64Array.from(weights["kernel"]!);
  const bias = Float64Array.from(weights["bias"]!);
  const relu = shape.layer.type === "dense" && shape.layer.activation === "relu";
  const output = new Float64Array(units);
  return {
    output,
    forward(input) {
      output.set(bias);
      addProduct(output, 0, input, 0, kernel, width, units);
      if (relu) for (let unit = 0; unit < units; unit++) if (output[unit]! < 0) output[unit] = 0;
    },
    backward(outputGradient, inputGradient) {
      const through = relu ? outputGradient.map((value, unit) => (output[unit]! > 0 ? value : 0)) : outputGradient;
      inputGradient.fill(0);
      addTransposed(inputGradient, 0, through, 0, kernel, width, units);
    },
  };
}

/** Gates in the order input, forget, cell, output. */
function lstmLayer({ shape, weights }: Stage): DifferentiableLayer {
  const { steps, width, units } = shape;
  const gates = 4 * units;
  const kernel = Float64Array.from(weights["kernel"]!);
  const recurrent = Float64Array.from(weights["recurrent"]!);
  const bias = Float64Array.from(weights["bias"]!);
  const sequences = shape.layer.type === "lstm" && shape.layer.returnSequences;
  const { open, slopeAt } = gateFunctions(gateSlope(shape.layer));
  /** The gates' values of every step; cells and hidden states of every step, those before the first being zero. */
  const z = new Float64Array(steps * gates);
  const cells = new Float64Array((steps + 1) * units);
  const hidden = new Float64Array((steps + 1) * units);
  const output = sequences ? hidden.subarray(units) : hidden.subarray(steps * units);
  const dHidden = new Float64Array(units);
  const dCell = new Float64Array(units);
  const dGates = new Float64Array(gates);
  return {
    output,
    forward(input) {
      for (let step = 0; step < steps; step++) {
        const at = step * gates;
        z.set(bias, at);
        addProduct(z, at, input, step * width, kernel, width, gates);
        addProduct(z, at, hidden, step * units, recurrent, units, gates);
        for (let unit = 0; unit < units; unit++) {
          const i = at + unit;
          z[i] = open(z[i]!);
          z[i + units] = open(z[i + units]!);
          z[i + 2 * units] = tanh(z[i + 2 * units]!);
          z[i + 3 * units] = open(z[i + 3 * units]!);
          const before = step * units + unit;
          const cell = z[i + units]! * cells[before]! + z[i]! * z[i + 2 * units]!;
          cells[before + units] = cell;
          hidden[before + units] = z[i + 3 * units]! * tanh(cell);
        }
      }
    },
    backward(outputGradient, inputGradient) {
      inputGradient.fill(0);
      dHidden.fill(0);
      dCell.fill(0);
      for (let step = steps - 1; step >= 0; step--) {
        const at = step * gates;
        const given = sequences ? step * units : step === steps - 1 ? 0 : -1;
        for (let unit = 0; unit < units; unit++) {
          const [input, forget, candidate, out] = [
            z[at + unit]!,
            z[at + units + unit]!,
            z[at + 2 * units + unit]!,
            z[at + 3 * units + unit]!,
          ];
          const squashed = tanh(cells[(step + 1) * units + unit]!);
          const dh = dHidden[unit]! + (given < 0 ? 0 : outputGradient[given + unit]!);
          const dc = dCell[unit]! + dh * out * (1 - squashed * squashed);
          dGates[unit] = dc * candidate * slopeAt(input);
          dGates[units + unit] = dc * cells[step * units + unit]! * slopeAt(forget);
          dGates[2 * units + unit] = dc * input * (1 - candidate * candidate);
          dGates[3 * units + unit] = dh * squashed * slopeAt(out);
          dCell[unit] = dc * forget;
        }
        addTransposed(inputGradient, step * width, dGates, 0, kernel, width, gates);
        dHidden.fill(0);
        addTransposed(dHidden, 0, dGates, 0, recurrent, units, gates);
      }
    },
  };
}

/** What opens a gate, and its slope where the gate has a value. */
function gateFunctions(slope: number): Readonly<Record<"open" | "slopeAt", (value: number) => number>> {
  if (slope === 0) return { open: sigmoid, slopeAt: (value) => value * (1 - value) };
  return {
    open: (z) => Math.min(1, Math.max(0, z * slope + 0.5)),
    slopeAt: (value) => (value > 0 && value < 1 ? slope : 0),
  };
}

/** sums[at …] += row · matrix, of rows × columns numbers. */
function addProduct(
  sums: Float64Array,
  at: number,
  row: Float64Array,
  from: number,
  matrix: Float64Array,
  rows: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i++) {
    const factor = row[from + i]!;
    if (factor === 0) continue;
    for (let j = 0, k = i * columns; j < columns; j++, k++) sums[at + j]! += factor * matrix[k]!;
  }
}

/** sums[at …] += matrix · column. */
function addTransposed(
  sums: Float64Array,
  at: number,
  column: Float64Array,
  from: number,
  matrix: Float64Array,
  rows: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0, k = i * columns; j < columns; j++, k++) sum += matrix[k]! * column[from + j]!;
    sums[at + i]! += sum;
  }
}
