import { Random } from "@mlsec/preprocess/numeric";
import { initialWeights, type LayerWeights, type NetworkData, type NetworkSpec } from "../../src/index.js";

export const LOGIT = { type: "dense", units: 1, activation: "linear" } as const;

/** Starting weights moved a little, so that no bias, γ or β is special. */
export function randomWeights(spec: NetworkSpec, seed: number): LayerWeights[] {
  const random = Random.seeded(seed);
  return initialWeights(spec, random).map((layer) =>
    Object.fromEntries(
      Object.entries(layer).map(([name, values]) => [
        name,
        values.map((value) => (name === "variance" ? 0.5 + random.float() : value + 0.1 * random.normal())),
      ]),
    ),
  );
}

export function randomData(spec: NetworkSpec, rows: number, seed: number): NetworkData {
  const random = Random.seeded(seed);
  const inputs = Float32Array.from({ length: rows * spec.steps * spec.width }, () => random.normal());
  const targets = Float32Array.from({ length: rows }, (_, row) => (row === 0 ? 1 : row === 1 ? 0 : random.below(2)));
  return { inputs, targets };
}

/** Points of the plane, positive where both coordinates have the same sign: no linear model can tell. */
export function sameSign(rows: number, seed: number): NetworkData {
  const random = Random.seeded(seed);
  const inputs = Float32Array.from({ length: rows * 2 }, () => random.normal());
  const targets = Float32Array.from({ length: rows }, (_, row) =>
    inputs[2 * row]! * inputs[2 * row + 1]! > 0 ? 1 : 0,
  );
  return { inputs, targets };
}

export function accuracy(scores: Float32Array, targets: Float32Array): number {
  return scores.filter((score, row) => (score > 0.5 ? 1 : 0) === targets[row]).length / targets.length;
}
