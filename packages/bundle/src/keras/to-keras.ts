import type { Json } from "@mlsec/preprocess";
import type { Network } from "@mlsec/threat-ensemble/score";
import { type KerasLayerContent, kerasLayers } from "./keras-layers.js";
import { type Hdf5Group, type Hdf5Numbers, writeHdf5 } from "./write-hdf5.js";
import { zipped } from "./write-zip.js";

export interface ToKerasOptions {
  /** `"h5"`: HDF5, which Keras 2 and 3 open; `"keras"`: the `.keras` file of Keras 3. */
  readonly format: "h5" | "keras";
  /** The model's name; default `"network"`. */
  readonly name?: string | undefined;
}

/** A network as Keras has it. */
export interface KerasExport {
  readonly bytes: Uint8Array;
  /** What `get_config()` is of: a Sequential model's name and layers, as `Sequential.from_config` takes them. */
  readonly config: { readonly name: string; readonly layers: readonly Json[] };
}

/** The version that files are said to be of, which tells readers of HDF5 that nothing is to be converted. */
const VERSION = "3.0.0";

/**
 * Writes a network as a file that `keras.models.load_model` opens: a Sequential model of Dense, LSTM, BatchNormalization and
 * Dropout layers, whose output is the network's score, the probability of an attack (Dense(1, sigmoid) at the end). Its input is
 * (width) numbers a row, or (steps, width) where the first layer is an LSTM. The same network gives the same bytes. LSTMs with
 * hard gates are for Keras 3 alone: Keras 2 opens them and means another line by `hard_sigmoid`.
 *
 * @throws KerasError `missing-peer` without h5wasm, `unsupported-layer` for an LSTM after one that hands on its last state alone,
 *   `not-written`.
 */
export async function toKeras(network: Network, { format, name = "network" }: ToKerasOptions): Promise<KerasExport> {
  const layers = kerasLayers(network);
  const config = modelConfig(network, layers, name, format);
  if (format === "h5") {
    const model = { class_name: "Sequential", config };
    return { bytes: await writeHdf5(wholeModel(layers, JSON.stringify(model))), config };
  }
  const model = { module: "keras", class_name: "Sequential", config, registered_name: null };
  const text = new TextEncoder();
  const bytes = zipped(
    new Map([
      ["metadata.json", text.encode(JSON.stringify({ keras_version: VERSION }))],
      ["config.json", text.encode(JSON.stringify(model))],
      ["model.weights.h5", await writeHdf5(numberedWeights(layers))],
    ]),
  );
  return { bytes, config };
}

function modelConfig(
  { spec }: Network,
  layers: readonly KerasLayerContent[],
  name: string,
  format: ToKerasOptions["format"],
): KerasExport["config"] {
  const isSequence = spec.steps > 1 || layers.find(({ className }) => className !== "Dropout")?.className === "LSTM";
  const shape = [null, ...(isSequence ? [spec.steps] : []), spec.width];
  // The name that Keras 2 knows it by, and Keras 3, too.
  const input = { batch_input_shape: shape, dtype: "float32", name: "input_layer" };
  const all = [{ className: "InputLayer", config: input }, ...layers];
  return {
    name,
    layers: all.map(({ className, config }) =>
      format === "h5"
        ? { class_name: className, config }
        : { module: "keras.layers", class_name: className, config, registered_name: null },
    ),
  };
}

/** Keras' HDF5 of a whole model: configuration, and weights by the names of layers. */
function wholeModel(layers: readonly KerasLayerContent[], config: string): Hdf5Group {
  const versions = { keras_version: VERSION, backend: "tensorflow" };
  return {
    attributes: { ...versions, model_config: config },
    groups: {
      model_weights: {
        attributes: { ...versions, layer_names: layers.map(({ name }) => name) },
        groups: Object.fromEntries(layers.map((layer) => [layer.name, namedWeights(layer)])),
      },
    },
  };
}

function namedWeights({ name, weights }: KerasLayerContent): Hdf5Group {
  if (weights.length === 0) return {};
  return {
    attributes: { weight_names: weights.map((weight) => `${name}/${weight.name}`) },
    groups: { [name]: { numbers: Object.fromEntries(weights.map((weight) => [weight.name, numbersOf(weight)])) } },
  };
}

/** The weights in a `.keras` file: numbered by layer, those of an LSTM in its cell. */
function numberedWeights(layers: readonly KerasLayerContent[]): Hdf5Group {
  return {
    groups: {
      layers: {
        groups: Object.fromEntries(
          layers.map(({ name, className, weights }) => {
            const vars = { numbers: Object.fromEntries(weights.map((weight, place) => [place, numbersOf(weight)])) };
            return [name, { groups: className === "LSTM" ? { cell: { groups: { vars } }, vars: {} } : { vars } }];
          }),
        ),
      },
      vars: {},
    },
  };
}

function numbersOf({ values, shape }: Hdf5Numbers): Hdf5Numbers {
  return { values, shape };
}
