import type { Json } from "@mlsec/preprocess";
import { BATCH_NORM_EPSILON, type LayerSpec, type Network } from "@mlsec/threat-ensemble/score";
import { unsupportedLayer } from "./keras-error.js";
import type { Hdf5Numbers } from "./write-hdf5.js";

/** A layer of Keras: its configuration, and its weights in Keras' order. */
export interface KerasLayerContent {
  readonly className: "Dense" | "LSTM" | "BatchNormalization" | "Dropout";
  /** As Keras would name it: `dense`, `dense_1`, … */
  readonly name: string;
  readonly config: { readonly [option: string]: Json };
  readonly weights: readonly (Hdf5Numbers & { readonly name: string })[];
}

/** For each class, its name in Keras' names of layers. */
const NAMES = { Dense: "dense", LSTM: "lstm", BatchNormalization: "batch_normalization", Dropout: "dropout" } as const;

/**
 * The layers of a network as Keras has them. The last ends in a sigmoid there, so that the model's output is the score.
 *
 * @throws KerasError `unsupported-layer`.
 */
export function kerasLayers({ spec, weights }: Network): KerasLayerContent[] {
  const counts = new Map<string, number>();
  let { width } = spec;
  let isSequence = true;
  return spec.layers.map((layer, place) => {
    const isLast = place === spec.layers.length - 1;
    const content = contentOf(layer, weights[place]!, width, isLast);
    const count = counts.get(content.className) ?? 0;
    counts.set(content.className, count + 1);
    if (layer.type === "dense" || layer.type === "lstm") width = layer.units;
    const name = `${NAMES[content.className]}${count === 0 ? "" : `_${count}`}`;
    if (layer.type === "lstm") {
      if (!isSequence)
        throw unsupportedLayer(
          name,
          "comes after an LSTM that hands on its last state, of which Keras makes no sequence",
        );
      isSequence = layer.returnSequences;
    }
    // Options that are left out are Keras' defaults; versions differ in which there are.
    return { ...content, name, config: { name, trainable: true, dtype: "float32", ...content.config } };
  });
}

/**
 * Weights of an LSTM whose gates are x / 5 + 1/2, for Keras 3, whose hard sigmoid is x / 6 + 1/2: those of the gates, but not of
 * the candidate, 6/5 times as large.
 */
function steeperGates(values: Float32Array, units: number): Float32Array {
  return values.map((value, at) => (Math.floor((at % (4 * units)) / units) === 2 ? value : value * (6 / 5)));
}

function contentOf(
  layer: LayerSpec,
  weights: Readonly<Record<string, Float32Array>>,
  width: number,
  isLast: boolean,
): Omit<KerasLayerContent, "name"> {
  const array = (name: string, own: string, shape: readonly number[]) => ({ name, values: weights[own]!, shape });
  switch (layer.type) {
    case "dense":
      return {
        className: "Dense",
        config: { units: layer.units, activation: isLast ? "sigmoid" : layer.activation, use_bias: true },
        weights: [array("kernel", "kernel", [width, layer.units]), array("bias", "bias", [layer.units])],
      };
    case "lstm": {
      const { units, recurrentActivation = "sigmoid" } = layer;
      const gates = (name: string, own: string, shape: readonly number[]) => ({
        name,
        values: recurrentActivation === "hardSigmoid5" ? steeperGates(weights[own]!, units) : weights[own]!,
        shape,
      });
      return {
        className: "LSTM",
        config: {
          units,
          activation: "tanh",
          recurrent_activation: recurrentActivation === "sigmoid" ? "sigmoid" : "hard_sigmoid",
          use_bias: true,
          return_sequences: layer.returnSequences,
        },
        weights: [
          gates("kernel", "kernel", [width, 4 * units]),
          gates("recurrent_kernel", "recurrent", [units, 4 * units]),
          gates("bias", "bias", [4 * units]),
        ],
      };
    }
    case "batchNorm":
      return {
        className: "BatchNormalization",
        config: { axis: -1, momentum: 0.99, epsilon: BATCH_NORM_EPSILON, center: true, scale: true },
        weights: [
          array("gamma", "gamma", [width]),
          array("beta", "beta", [width]),
          array("moving_mean", "mean", [width]),
          array("moving_variance", "variance", [width]),
        ],
      };
    case "dropout":
      return { className: "Dropout", config: { rate: layer.rate }, weights: [] };
  }
}
