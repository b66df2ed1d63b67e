import { BATCH_NORM_EPSILON, type LayerShape, type LayerWeights } from "./spec.js";

/** A layer that scoring computes: batch normalisation is part of the weights after it, dropout is gone. */
export interface Stage {
  readonly shape: LayerShape;
  readonly weights: LayerWeights;
}

/** The layers that scoring computes. */
export function computedShapes(shapes: readonly LayerShape[]): LayerShape[] {
  return shapes.filter(({ layer }) => layer.type === "dense" || layer.type === "lstm");
}

/**
 * Folds batch normalisation, in scoring a scale and a shift a column, into the kernel and bias of the next layer. There
 * always is one: the last layer is dense. Computed in float64, kept in float32.
 */
export function foldedStages(shapes: readonly LayerShape[], weights: readonly LayerWeights[]): Stage[] {
  let scale: Float64Array | null = null;
  let shift: Float64Array = new Float64Array(0);
  const stages: Stage[] = [];
  for (const [index, shape] of shapes.entries()) {
    const own = weights[index]!;
    if (shape.layer.type === "batchNorm") {
      const { gamma, beta, mean, variance } = own as Record<"gamma" | "beta" | "mean" | "variance", Float32Array>;
      const factors = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i]! + BATCH_NORM_EPSILON));
      const before: Float64Array | null = scale;
      const moved = shift;
      shift = Float64Array.from(
        beta,
        (value, i) => value + ((before === null ? 0 : moved[i]!) - mean[i]!) * factors[i]!,
      );
      scale = before === null ? factors : factors.map((factor, i) => factor * before[i]!);
    } else if (shape.layer.type !== "dropout") {
      stages.push({ shape, weights: scale === null ? own : folded(own, scale, shift) });
      scale = null;
    }
  }
  return stages;
}

function folded(weights: LayerWeights, scale: Float64Array, shift: Float64Array): LayerWeights {
  const kernel = weights["kernel"]!;
  const columns = kernel.length / scale.length;
  const bias = Float64Array.from(weights["bias"]!);
  for (let row = 0; row < scale.length; row++) {
    for (let column = 0; column < columns; column++) bias[column]! += shift[row]! * kernel[row * columns + column]!;
  }
  return {
    ...weights,
    kernel: kernel.map((value, i) => value * scale[Math.floor(i / columns)]!),
    bias: Float32Array.from(bias),
  };
}
