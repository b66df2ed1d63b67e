import type { Random } from "@mlsec/preprocess/numeric";
import { type LayerShape, type LayerWeights, layerShapes, type NetworkSpec } from "./spec.js";

/**
 * Starting weights as Keras draws them: kernels Glorot-uniform (Glorot and Bengio, 2010), recurrent kernels orthogonal
 * (Saxe, McClelland and Ganguli, 2014), biases 0 but 1 for the LSTM's forget gate, batch normalisation the identity.
 */
export function initialWeights(spec: NetworkSpec, random: Random): LayerWeights[] {
  const drawing = drawWeights(spec, random);
  let next = drawing.next();
  while (next.done !== true) next = drawing.next();
  return next.value;
}

/** The same; a yield is a place to pause. */
export function* drawWeights(spec: NetworkSpec, random: Random): Generator<void, LayerWeights[]> {
  const weights: LayerWeights[] = [];
  for (const shape of layerShapes(spec)) weights.push(yield* layerStart(shape, random));
  return weights;
}

function* layerStart({ layer, width, units }: LayerShape, random: Random): Generator<void, LayerWeights> {
  switch (layer.type) {
    case "dense":
      return { kernel: glorotUniform(width, units, random), bias: new Float32Array(units) };
    case "lstm":
      return {
        kernel: glorotUniform(width, 4 * units, random),
        recurrent: yield* orthogonalRows(units, 4 * units, random),
        bias: new Float32Array(4 * units).fill(1, units, 2 * units),
      };
    case "batchNorm":
      return {
        gamma: new Float32Array(width).fill(1),
        beta: new Float32Array(width),
        mean: new Float32Array(width),
        variance: new Float32Array(width).fill(1),
      };
    case "dropout":
      return {};
  }
}

function glorotUniform(inputs: number, outputs: number, random: Random): Float32Array {
  const limit = Math.sqrt(6 / (inputs + outputs));
  return Float32Array.from({ length: inputs * outputs }, () => (2 * random.float() - 1) * limit);
}

/** `rows` orthonormal rows of length `columns`, by modified Gram–Schmidt on normal draws. */
function* orthogonalRows(rows: number, columns: number, random: Random): Generator<void, Float32Array> {
  const matrix = Float64Array.from({ length: rows * columns }, () => random.normal());
  const row = (index: number): Float64Array => matrix.subarray(index * columns, (index + 1) * columns);
  for (let i = 0; i < rows; i++) {
    const current = row(i);
    for (let j = 0; j < i; j++) {
      const earlier = row(j);
      const projection = dot(current, earlier);
      for (let k = 0; k < columns; k++) current[k]! -= projection * earlier[k]!;
    }
    const length = Math.sqrt(dot(current, current));
    for (let k = 0; k < columns; k++) current[k]! /= length;
    yield;
  }
  return Float32Array.from(matrix);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
