import type { LayerWeights, NetworkData, NetworkSpec, RecurrentActivation } from "../../src/index.js";

/** Weights in float64, by layer and name. */
export type Float64Weights = Record<string, Float64Array>[];

export function inFloat64(weights: readonly LayerWeights[]): Float64Weights {
  return weights.map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([name, values]) => [name, Float64Array.from(values)])),
  );
}

/** Dropout masks by layer: for each step and row, width numbers. */
export type Masks = ReadonlyMap<number, (step: number, row: number, column: number) => number>;

/**
 * The mean weighted cross-entropy of a batch in training, in float64, straight from the formulas: nothing of the engine's
 * code. Values are steps × rows × width arrays.
 */
export function referenceLoss(
  spec: NetworkSpec,
  weights: Float64Weights,
  { inputs, targets }: NetworkData,
  classWeights: readonly [number, number] = [1, 1],
  masks: Masks = new Map(),
): number {
  const rows = targets.length;
  let values: number[][][] = Array.from({ length: spec.steps }, (_, step) =>
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: spec.width }, (_, i) => inputs[(row * spec.steps + step) * spec.width + i]!),
    ),
  );
  for (const [index, layer] of spec.layers.entries()) {
    const { kernel, recurrent, bias, gamma, beta } = weights[index]! as Record<string, Float64Array>;
    if (layer.type === "dense") {
      values = values.map((step) =>
        step.map((row) =>
          affine(row, kernel!, bias!).map((sum) => (layer.activation === "relu" ? Math.max(0, sum) : sum)),
        ),
      );
    } else if (layer.type === "batchNorm") {
      const all = values.flat();
      const mean = columnMeans(all);
      const variance = columnMeans(all.map((row) => row.map((value, i) => (value - mean[i]!) ** 2)));
      values = values.map((step) =>
        step.map((row) =>
          row.map((value, i) => ((value - mean[i]!) / Math.sqrt(variance[i]! + 1e-3)) * gamma![i]! + beta![i]!),
        ),
      );
    } else if (layer.type === "dropout") {
      const mask = masks.get(index)!;
      values = values.map((step, t) => step.map((row, r) => row.map((value, i) => value * mask(t, r, i))));
    } else {
      values = lstm(values, kernel!, recurrent!, bias!, layer.units, GATES[layer.recurrentActivation ?? "sigmoid"]);
      if (!layer.returnSequences) values = [values.at(-1)!];
    }
  }
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const z = values[0]![row]![0]!;
    const y = targets[row]!;
    loss += classWeights[y as 0 | 1] * (Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z))));
  }
  return loss / rows;
}

const GATES: Readonly<Record<RecurrentActivation, (x: number) => number>> = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hardSigmoid5: (x) => Math.min(1, Math.max(0, x / 5 + 0.5)),
  hardSigmoid6: (x) => Math.min(1, Math.max(0, x / 6 + 0.5)),
};

function lstm(
  values: number[][][],
  kernel: Float64Array,
  recurrent: Float64Array,
  bias: Float64Array,
  units: number,
  gate: (x: number) => number,
): number[][][] {
  const hidden = values[0]!.map(() => Array<number>(units).fill(0));
  const cells = values[0]!.map(() => Array<number>(units).fill(0));
  return values.map((step) =>
    step.map((row, r) => {
      const fromInput = affine(row, kernel, bias);
      const fromState = affine(hidden[r]!, recurrent, new Float64Array(4 * units));
      const z = fromInput.map((sum, i) => sum + fromState[i]!);
      for (let u = 0; u < units; u++) {
        cells[r]![u] = gate(z[units + u]!) * cells[r]![u]! + gate(z[u]!) * Math.tanh(z[2 * units + u]!);
      }
      hidden[r] = cells[r]!.map((cell, u) => gate(z[3 * units + u]!) * Math.tanh(cell));
      return hidden[r]!;
    }),
  );
}

function affine(row: readonly number[], kernel: Float64Array, bias: Float64Array): number[] {
  return Array.from(bias, (offset, j) =>
    row.reduce((sum, value, i) => sum + value * kernel[i * bias.length + j]!, offset),
  );
}

function columnMeans(rows: readonly (readonly number[])[]): number[] {
  return rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}
