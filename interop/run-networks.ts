// The mlsec side of test_networks.py: `node --import tsx interop/run-networks.ts FOLDER` does what FOLDER/request.json asks
// for and leaves the results in the folder, as raw little-endian float32 (losses float64).
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LayerWeights, layerShapes, Network, type NetworkSpec } from "../packages/threat-ensemble/src/index.js";
import { type SeededTraining, trainSeeded } from "../packages/threat-ensemble/test/training/train-seeded.js";

interface Request {
  /** Weights in NAME.weights and rows in NAME.inputs become NAME.logits and NAME.scores. */
  readonly scorings: readonly { readonly name: string; readonly spec: NetworkSpec }[];
  /** Becomes NAME.losses and NAME.trained. */
  readonly trainings: readonly (SeededTraining & { readonly name: string })[];
}

const folder = process.argv[2]!;
const { scorings, trainings } = JSON.parse(readFileSync(join(folder, "request.json"), "utf8")) as Request;

for (const { name, spec } of scorings) {
  const network = new Network(spec, layersOf(spec, read(`${name}.weights`)));
  const inputs = read(`${name}.inputs`);
  write(`${name}.logits`, network.logits(inputs));
  write(`${name}.scores`, network.score(inputs));
}
for (const training of trainings) {
  const { losses, weights } = trainSeeded(training);
  write(`${training.name}.losses`, Float64Array.from(losses));
  const order = layerShapes(training.spec).flatMap((shape, index) =>
    Object.keys(shape.weights).map((name) => weights[index]![name]!),
  );
  write(`${training.name}.trained`, Float32Array.from(order.flatMap((values) => [...values])));
}

/** Keras lists the weights of a layer in the same order. */
function layersOf(spec: NetworkSpec, values: Float32Array): LayerWeights[] {
  let end = 0;
  const next = (length: number): Float32Array => {
    end += length;
    return values.slice(end - length, end);
  };
  return layerShapes(spec).map((shape) =>
    Object.fromEntries(Object.entries(shape.weights).map(([name, length]) => [name, next(length)])),
  );
}

function read(name: string): Float32Array {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).slice();
}

function write(name: string, values: Float32Array | Float64Array): void {
  writeFileSync(join(folder, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
