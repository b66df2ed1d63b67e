import { Random } from "@mlsec/preprocess/numeric";
import {
  type LayerShape,
  type LayerWeights,
  layerShapes,
  type NetworkData,
  type NetworkSpec,
} from "../../src/index.js";

/** Weights that `interop/networks.py` draws from the same seed: uniform, and no bias, scale or statistic is special. */
export function seededWeights(spec: NetworkSpec, seed: number): LayerWeights[] {
  const random = Random.seeded(seed).fork(0);
  return layerShapes(spec).map((shape) =>
    Object.fromEntries(
      Object.entries(shape.weights).map(([name, length]) => [name, uniform(random, length, ...spread(name, shape))]),
    ),
  );
}

/** Inputs from −1.75 to 1.75, and a target that no linear model tells: x0 · x1 + x2 > 0. */
export function seededRows(spec: NetworkSpec, rows: number, seed: number): NetworkData {
  const length = spec.steps * spec.width;
  const inputs = uniform(Random.seeded(seed).fork(1), rows * length, () => 0, 1.75);
  const targets = Float32Array.from({ length: rows }, (_, row) => {
    const [x0, x1, x2] = inputs.subarray(row * length) as unknown as [number, number, number];
    return x0 * x1 + x2 > 0 ? 1 : 0;
  });
  return { inputs, targets };
}

type Center = (index: number) => number;

function spread(name: string, { layer, width, units }: LayerShape): [Center, number] {
  const gates = layer.type === "lstm" ? 4 : 1;
  switch (name) {
    case "kernel":
      return [() => 0, Math.sqrt(6 / (width + gates * units))];
    case "recurrent":
      return [() => 0, Math.sqrt(3 / (gates * units))];
    case "bias":
      return [(index) => (gates === 4 && Math.floor(index / units) === 1 ? 1 : 0), 0.1];
    case "gamma":
      return [() => 1, 0.1];
    case "variance":
      return [() => 1, 0.5];
    default:
      return [() => 0, 0.1];
  }
}

function uniform(random: Random, length: number, center: Center, limit: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => center(index) + (2 * (random.uint32() / 4294967296) - 1) * limit);
}
