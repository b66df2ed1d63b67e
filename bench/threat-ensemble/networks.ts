import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "@mlsec/preprocess/numeric";
import {
  ARCHITECTURES,
  initialWeights,
  type LayerSpec,
  type LayerWeights,
  layerShapes,
  type NetworkSpec,
} from "@mlsec/threat-ensemble";

const LOGIT: LayerSpec = { type: "dense", units: 1, activation: "linear" };

/** A network to measure, and how it is trained. */
export interface MeasuredNetwork {
  /** In words. */
  readonly title: string;
  readonly spec: NetworkSpec;
  readonly batchSize: number;
}

/** All read ten numbers a row: the ANN at once, the LSTMs as ten steps. */
export const NETWORKS: Readonly<Record<"ann" | "lstm64" | "reference", MeasuredNetwork>> = {
  ann: { title: "ANN 64-32", spec: { steps: 1, width: 10, layers: ARCHITECTURES.compact.ann.layers }, batchSize: 256 },
  lstm64: {
    title: "LSTM(64)",
    spec: { steps: 10, width: 1, layers: [{ type: "lstm", units: 64, returnSequences: false }, LOGIT] },
    batchSize: 256,
  },
  reference: {
    title: "LSTM 256/128/64",
    spec: { steps: 10, width: 1, layers: ARCHITECTURES.reference.lstm.layers },
    batchSize: 128,
  },
};

/** Writes what the contenders read: a network's job on random numbers. */
export function writeNetwork(folder: string, network: MeasuredNetwork, rows: number): void {
  const random = Random.seeded(42);
  const weights = initialWeights(network.spec, random);
  const inputs = Float32Array.from({ length: rows * network.spec.steps * network.spec.width }, () => random.normal());
  const targets = Float32Array.from({ length: rows }, (_, row) =>
    inputs[10 * row]! * inputs[10 * row + 1]! > 0 ? 1 : 0,
  );
  writeJob(folder, network, weights, inputs, targets);
}

/** Writes `network.json` (with weights), `inputs.f32` and `targets.f32`. */
export function writeJob(
  folder: string,
  { spec, batchSize }: MeasuredNetwork,
  weights: readonly LayerWeights[],
  inputs: Float32Array,
  targets: Float32Array,
): void {
  const plain = weights.map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([name, values]) => [name, [...values]])),
  );
  writeFileSync(join(folder, "network.json"), JSON.stringify({ spec, batchSize, weights: plain }));
  writeFileSync(join(folder, "inputs.f32"), inputs);
  writeFileSync(join(folder, "targets.f32"), targets);
}

/**
 * Floating-point operations of all matrix products of one row in one step of training, the ones that any implementation
 * needs: forward; gradients of the weights; gradients of all inputs but the network's.
 */
export function trainingFlops(spec: NetworkSpec): number {
  let flops = 0;
  for (const [index, { layer, steps, width, units }] of layerShapes(spec).entries()) {
    const ofInput = index === 0 ? 2 : 3;
    if (layer.type === "dense") flops += ofInput * 2 * width * units;
    if (layer.type === "lstm")
      flops += ofInput * 2 * steps * width * 4 * units + 3 * 2 * (steps - 1) * units * 4 * units;
  }
  return flops;
}
