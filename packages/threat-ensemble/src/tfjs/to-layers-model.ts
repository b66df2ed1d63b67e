import { MlsecError } from "@mlsec/preprocess";
import type * as tfjs from "@tensorflow/tfjs";
import { BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, type LayerSpec, layerShapes, type Network } from "../index.js";
import { namesInKeras } from "./keras-names.js";

type Tfjs = typeof tfjs;

/**
 * The network as a model of tfjs' layers, with the same weights: for tfjs' own runtimes, formats and tools.
 *
 * Its input is (rows, width), or (rows, steps, width) where the network has an LSTM; its output the probability of an
 * attack, (rows, 1): the logit's unit has a sigmoid. `fromLayersModel` makes the same network of it again, bit for bit.
 * The caller disposes of it.
 *
 * @throws MlsecError `invalid-network` for an LSTM after one that hands on its last state alone, which Keras does not allow,
 * and for the recurrent activation `hardSigmoid6`, which tfjs does not have.
 */
export function toLayersModel(tf: Tfjs, network: Network): tfjs.LayersModel {
  const { spec, weights } = network;
  const { steps, width, layers } = spec;
  requireSequences(layers);
  requireActivations(layers);
  const inputShape = layers.some(({ type }) => type === "lstm") ? [steps, width] : [width];
  const model = tf.sequential({
    layers: layers.map((layer, index) =>
      tfjsLayer(tf, layer, {
        name: `${layer.type}_${index}`,
        ...(index === 0 ? { inputShape } : {}),
        ...(index === layers.length - 1 ? { activation: "sigmoid" as const } : {}),
      }),
    ),
  });
  tf.tidy(() => {
    for (const [index, shape] of layerShapes(spec).entries()) {
      const named = namesInKeras(shape);
      model.layers[index]!.setWeights(named.map(({ name, shape }) => tf.tensor(weights[index]![name]!.slice(), shape)));
    }
  });
  return model;
}

interface Place {
  readonly name: string;
  readonly inputShape?: number[];
  /** In place of the layer's own. */
  readonly activation?: "sigmoid";
}

function tfjsLayer(tf: Tfjs, layer: LayerSpec, place: Place): tfjs.layers.Layer {
  switch (layer.type) {
    case "dense":
      return tf.layers.dense({ units: layer.units, activation: layer.activation, ...place });
    case "batchNorm":
      return tf.layers.batchNormalization({ epsilon: BATCH_NORM_EPSILON, momentum: BATCH_NORM_MOMENTUM, ...place });
    case "dropout":
      return tf.layers.dropout({ rate: layer.rate, ...place });
    case "lstm":
      return tf.layers.lstm({
        units: layer.units,
        returnSequences: layer.returnSequences,
        activation: "tanh",
        // tfjs' default is hardSigmoid, unlike Keras'.
        recurrentActivation: layer.recurrentActivation === "hardSigmoid5" ? "hardSigmoid" : "sigmoid",
        // tfjs' default, orthogonal, takes seconds for weights that are replaced at once.
        recurrentInitializer: "glorotUniform",
        ...place,
      });
  }
}

/** What follows the last state of an LSTM is no sequence to Keras, though one step to us. */
function requireSequences(layers: readonly LayerSpec[]): void {
  const end = layers.findIndex((layer) => layer.type === "lstm" && !layer.returnSequences);
  const after = layers.findLastIndex(({ type }) => type === "lstm");
  if (end === -1 || after === end) return;
  throw new MlsecError(
    "invalid-network",
    `Layer ${after} is an LSTM after layer ${end}, which hands on its last state alone: tfjs has no such model. Let layer ${end} return sequences.`,
    { layer: after },
  );
}

function requireActivations(layers: readonly LayerSpec[]): void {
  const index = layers.findIndex((layer) => layer.type === "lstm" && layer.recurrentActivation === "hardSigmoid6");
  if (index === -1) return;
  throw new MlsecError(
    "invalid-network",
    `Layer ${index} is an LSTM with the hard sigmoid x / 6 + 1/2; tfjs has x / 5 + 1/2 alone. Score it here, or export it to Keras 3 or ONNX.`,
    { layer: index },
  );
}
