import { MlsecError } from "@mlsec/preprocess";
import type * as tfjs from "@tensorflow/tfjs";
import {
  BATCH_NORM_EPSILON,
  type LayerShape,
  type LayerSpec,
  type LayerWeights,
  layerShapes,
  Network,
} from "../index.js";
import { namesInKeras } from "./keras-names.js";

type Layer = tfjs.layers.Layer;
/** A layer's configuration as tfjs gives it. */
type Config = Readonly<Record<string, unknown>>;

/**
 * A network out of a model of tfjs' layers, made by tfjs or loaded from Keras: `InputLayer`, `Dense` (ReLU or linear),
 * `BatchNormalization` over the last axis, `Dropout` and `LSTM` (tanh; sigmoid or hardSigmoid), one after the other, at the end a
 * `Dense` of one unit. Its sigmoid is taken off; a linear last unit is taken for the logit.
 *
 * What decides scores is kept, bit for bit; a bias, γ or β that the model does without becomes zeros or ones. What only
 * training uses (dropout inside an LSTM, momentum, regularizers, constraints, initializers) is not kept.
 *
 * @throws MlsecError `unsupported-layer`, which names all layers that cannot be taken over and says why, or
 * `invalid-network` where the layers do not form such a chain.
 */
export async function fromLayersModel(model: tfjs.LayersModel): Promise<Network> {
  const layers = chainOf(model);
  const specs = layers.map((layer, index) => specOf(layer, index === layers.length - 1));
  const reasons = specs.flatMap((spec, index) =>
    typeof spec === "string" ? [{ layer: layers[index]!.name, index, reason: spec }] : [],
  );
  if (reasons.length > 0) {
    const list = reasons.map(({ layer, index, reason }) => `layer ${index} (${JSON.stringify(layer)}) ${reason}`);
    throw new MlsecError(
      "unsupported-layer",
      `The model has layers that a network cannot hold: ${list.join("; ")}. It holds Dense, BatchNormalization, Dropout and LSTM.`,
      { layers: reasons },
    );
  }
  const spec = { ...inputOf(model), layers: specs as LayerSpec[] };
  const shapes = layerShapes(spec);
  const weights = await Promise.all(shapes.map((shape, index) => weightsOf(layers[index]!, shape)));
  return new Network(spec, weights);
}

/** The layers but the input's, where each takes what the one before it gives. */
function chainOf(model: tfjs.LayersModel): Layer[] {
  const layers = model.layers.filter((layer) => layer.getClassName() !== "InputLayer");
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw broken(`The model has ${model.inputs.length} inputs and ${model.outputs.length} outputs, not one of each.`);
  let values = model.inputs[0];
  for (const layer of layers) {
    if (layer.inboundNodes.length !== 1 || layer.input !== values)
      throw broken(
        `Layer ${JSON.stringify(layer.name)} does not take the output of the layer before it, and no other.`,
      );
    values = layer.output as tfjs.SymbolicTensor;
  }
  if (values !== model.outputs[0]) throw broken("The model's output is not that of its last layer.");
  return layers;
}

function inputOf(model: tfjs.LayersModel): { steps: number; width: number } {
  const [, ...shape] = model.inputs[0]!.shape;
  const [width, steps = 1] = shape.toReversed();
  if (shape.length < 1 || shape.length > 2 || typeof width !== "number" || typeof steps !== "number")
    throw broken(`The model's input has shape ${JSON.stringify(shape)}, not [width] or [steps, width].`);
  return { steps, width };
}

/** The layer's specification, or why there is none. */
function specOf(layer: Layer, last: boolean): LayerSpec | string {
  const config = layer.getConfig() as Config;
  switch (layer.getClassName()) {
    case "Dense":
      return denseOf(config, last);
    case "BatchNormalization":
      return batchNormOf(config, layer);
    case "Dropout":
      return { type: "dropout", rate: config["rate"] as number };
    case "LSTM":
      return lstmOf(config);
    default:
      return `is a ${layer.getClassName()}`;
  }
}

function denseOf({ units, activation }: Config, last: boolean): LayerSpec | string {
  if (last) {
    if (activation === "sigmoid" || activation === "linear")
      return { type: "dense", units: units as number, activation: "linear" };
    return `is the last and has activation ${JSON.stringify(activation)}, not "sigmoid" or "linear"`;
  }
  if (activation === "relu" || activation === "linear") return { type: "dense", units: units as number, activation };
  return `has activation ${JSON.stringify(activation)}, not "relu" or "linear"`;
}

function batchNormOf({ axis, epsilon }: Config, layer: Layer): LayerSpec | string {
  const lastAxis = (layer.output as tfjs.SymbolicTensor).shape.length - 1;
  const along = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
  if (along !== -1 && along !== lastAxis) return `normalises along axis ${JSON.stringify(axis)}, not the last`;
  if (epsilon !== BATCH_NORM_EPSILON) return `has epsilon ${JSON.stringify(epsilon)}, not ${BATCH_NORM_EPSILON}`;
  return { type: "batchNorm" };
}

/** What an LSTM's configuration must say, apart from its units. */
const LSTM_CONFIG: Config = {
  activation: "tanh",
  goBackwards: false,
  returnState: false,
  stateful: false,
};

function lstmOf(config: Config): LayerSpec | string {
  for (const [name, expected] of Object.entries(LSTM_CONFIG)) {
    if (config[name] !== expected)
      return `has ${name} ${JSON.stringify(config[name])}, not ${JSON.stringify(expected)}`;
  }
  const recurrent = config["recurrentActivation"];
  if (recurrent !== "sigmoid" && recurrent !== "hardSigmoid")
    return `has recurrentActivation ${JSON.stringify(recurrent)}, not "sigmoid" or "hardSigmoid"`;
  return {
    type: "lstm",
    units: config["units"] as number,
    returnSequences: config["returnSequences"] === true,
    ...(recurrent === "hardSigmoid" && { recurrentActivation: "hardSigmoid5" }),
  };
}

/** Whether the layer has a weight; `mean`, `variance`, `kernel` and `recurrent` always are. */
function has(name: string, { useBias, center, scale }: Config): boolean {
  if (name === "bias") return useBias !== false;
  if (name === "beta") return center !== false;
  return name !== "gamma" || scale !== false;
}

async function weightsOf(layer: Layer, shape: LayerShape): Promise<LayerWeights> {
  const config = layer.getConfig() as Config;
  const tensors = layer.getWeights();
  const weights: Record<string, Float32Array> = {};
  for (const { name } of namesInKeras(shape)) {
    const values = has(name, config) ? await tensors.shift()!.data() : null;
    const neutral = new Float32Array(shape.weights[name]!).fill(name === "gamma" ? 1 : 0);
    weights[name] = values === null ? neutral : Float32Array.from(values);
  }
  return weights;
}

function broken(message: string): MlsecError {
  return new MlsecError("invalid-network", message);
}
