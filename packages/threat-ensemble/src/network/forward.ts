import { exp, log1p, sigmoid, tanh } from "@mlsec/preprocess/numeric";
import { BATCH_NORM_EPSILON, type LayerShape, type LayerWeights } from "./spec.js";

/** Rows that go through the layers together: small enough for the caches, large enough to amortise the calls. */
export const BLOCK_ROWS = 256;

/**
 * Computes one layer for up to `BLOCK_ROWS` rows: reads rows × steps × width numbers from the input, and returns
 * rows × (steps ×) units numbers in a buffer that the next call overwrites. Sums are float64 and outputs float32, in a
 * fixed order, so that every runtime gets the same bits.
 */
export type LayerPass = (input: Float32Array, rows: number) => Float32Array;

/** The scoring pass of a layer; null for one that does nothing in scoring. */
export function layerPass(shape: LayerShape, weights: LayerWeights): LayerPass | null {
  switch (shape.layer.type) {
    case "dense":
      return densePass(shape, weights["kernel"]!, weights["bias"]!, shape.layer.activation === "relu");
    case "batchNorm":
      return batchNormPass(shape, weights);
    case "lstm":
      return lstmPass(shape, weights["kernel"]!, weights["recurrent"]!, weights["bias"]!, shape.layer.returnSequences);
    case "dropout":
      return null;
  }
}

function densePass({ width, units }: LayerShape, kernel: Float32Array, bias: Float32Array, relu: boolean): LayerPass {
  const output = new Float32Array(BLOCK_ROWS * units);
  const sums = new Float64Array(units);
  return (input, rows) => {
    for (let row = 0; row < rows; row++) {
      sums.set(bias);
      addProduct(sums, input, row * width, width, kernel, units);
      for (let unit = 0; unit < units; unit++) output[row * units + unit] = relu && sums[unit]! < 0 ? 0 : sums[unit]!;
    }
    return output;
  };
}

function batchNormPass({ steps, width }: LayerShape, { gamma, beta, mean, variance }: LayerWeights): LayerPass {
  const scale = Float64Array.from(gamma!, (factor, i) => factor / Math.sqrt(variance![i]! + BATCH_NORM_EPSILON));
  const shift = Float64Array.from(beta!, (offset, i) => offset - mean![i]! * scale[i]!);
  const output = new Float32Array(BLOCK_ROWS * steps * width);
  return (input, rows) => {
    const length = rows * steps * width;
    for (let i = 0; i < length; i++) output[i] = input[i]! * scale[i % width]! + shift[i % width]!;
    return output;
  };
}

function lstmPass(
  { steps, width, units }: LayerShape,
  kernel: Float32Array,
  recurrent: Float32Array,
  bias: Float32Array,
  returnSequences: boolean,
): LayerPass {
  const output = new Float32Array(BLOCK_ROWS * (returnSequences ? steps : 1) * units);
  const hidden = new Float32Array(units);
  const cell = new Float32Array(units);
  const gates = new Float64Array(4 * units);
  return (input, rows) => {
    for (let row = 0; row < rows; row++) {
      hidden.fill(0);
      cell.fill(0);
      for (let step = 0; step < steps; step++) {
        gates.set(bias);
        addProduct(gates, input, (row * steps + step) * width, width, kernel, 4 * units);
        if (step > 0) addProduct(gates, hidden, 0, units, recurrent, 4 * units);
        for (let unit = 0; unit < units; unit++) {
          const keep = sigmoid(gates[units + unit]!) * cell[unit]!;
          cell[unit] = keep + sigmoid(gates[unit]!) * tanh(gates[2 * units + unit]!);
          hidden[unit] = sigmoid(gates[3 * units + unit]!) * tanh(cell[unit]!);
        }
        if (returnSequences) output.set(hidden, (row * steps + step) * units);
      }
      if (!returnSequences) output.set(hidden, row * units);
    }
    return output;
  };
}

/** sums += vector · matrix, for the `width` numbers of the vector at `from`. Zeros, as in one-hot inputs, cost nothing. */
function addProduct(
  sums: Float64Array,
  vector: Float32Array,
  from: number,
  width: number,
  matrix: Float32Array,
  columns: number,
): void {
  for (let k = 0; k < width; k++) {
    const factor = vector[from + k]!;
    if (factor === 0) continue;
    const start = k * columns;
    for (let j = 0; j < columns; j++) sums[j]! += factor * matrix[start + j]!;
  }
}

/** Binary cross-entropy of a logit: ln(1 + e^z) − y·z, computed so that nothing overflows. */
export function crossEntropy(logit: number, target: number): number {
  const magnitude = Math.abs(logit);
  return Math.max(logit, 0) - logit * target + log1p(exp(-magnitude));
}
