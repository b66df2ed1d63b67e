import { MlsecError } from "@mlsec/preprocess";
import type { Network } from "@mlsec/threat-ensemble/score";
import { modelConfig } from "./config.js";
import { type Hdf5File, withHdf5 } from "./hdf5.js";
import { invalidKeras, KerasError, tooLarge } from "./keras-error.js";
import { MAX_CONFIG_LENGTH, MAX_KERAS_BYTES } from "./limits.js";
import { type KerasHead, type KerasNote, NetworkBuilder } from "./network-builder.js";
import { requireKnown } from "./options.js";
import { weightReader } from "./weights.js";
import { ZipFile } from "./zip.js";

export interface ReadKerasOptions {
  /**
   * The model's configuration, for a file that holds weights alone: what `to_json()` or `get_config()` gives in Python, as
   * text or parsed. A file's own counts where it has one.
   */
  readonly config?: unknown;
  /**
   * The version of Keras, such as `"2.15.0"`, for files of weights whose `config` does not name it either. It says which
   * line `hard_sigmoid` is; nothing else depends on it.
   */
  readonly kerasVersion?: string | undefined;
  /** Most bytes of the file, and of the weights unpacked from it; default 500,000,000. */
  readonly maxBytes?: number | undefined;
}

/** A layer of the model, as Keras has it. */
export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  /** Of what it puts out, without the batch. */
  readonly shape: readonly number[];
}

/** A network of Keras as mlsec has it. */
export interface KerasModel {
  /** Its score is the model's output, or the probability of the second class where the model has two. */
  readonly network: Network;
  readonly format: "h5" | "keras";
  /** As the file, its configuration or the option says; null where none does. */
  readonly kerasVersion: string | null;
  readonly head: KerasHead;
  readonly layers: readonly KerasLayer[];
  readonly notes: readonly KerasNote[];
}

const ZIP = [0x50, 0x4b, 0x03, 0x04];
const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Reads a binary classifier that Keras 2 or 3 saved: `.h5` and `.keras`, and with `config` files of weights alone
 * (`.weights.h5`, `save_weights`). Read are Sequential models, and Functional ones without branches, of InputLayer, Dense,
 * Activation and ReLU, BatchNormalization, Dropout, LSTM, Flatten and Reshape, that end in one unit with a sigmoid or two
 * with softmax. Everything else is an error that names layer and option. The file is data: no code of it is run, no
 * class or function is looked up by a name in it.
 *
 * HDF5 is parsed here, by h5wasm, on the calling thread, in WebAssembly. Sizes and shapes are checked before they are read, but
 * HDF5's own library can be kept busy without end by a damaged file: read those of strangers with `readKerasInWorker`.
 *
 * @throws KerasError `invalid-keras`, `unsupported-layer`, `unsupported-option`, `too-large`, `missing-peer`.
 */
export async function readKeras(bytes: Uint8Array, options: ReadKerasOptions = {}): Promise<KerasModel> {
  const { config, kerasVersion = null, maxBytes = MAX_KERAS_BYTES } = options;
  if (bytes.length > maxBytes) throw tooLarge(`The file has ${bytes.length} bytes`, maxBytes);
  if (begins(bytes, HDF5)) {
    return withHdf5(bytes, (file) => {
      const own = file.text("", "model_config", MAX_CONFIG_LENGTH);
      return modelOf(file, own ?? config, "h5", [file.text("", "keras_version", 100), kerasVersion]);
    });
  }
  if (!begins(bytes, ZIP)) throw invalidKeras("The file is neither HDF5 nor a .keras file.");
  const zip = new ZipFile(bytes);
  const own = textOf(await zip.read("config.json", MAX_CONFIG_LENGTH));
  const version = zip.has("metadata.json") ? versionOf(textOf(await zip.read("metadata.json", 10_000))) : null;
  const weights = await zip.read("model.weights.h5", maxBytes);
  return withHdf5(weights, (file) => modelOf(file, own, "keras", [version, kerasVersion]));
}

function modelOf(
  file: Hdf5File,
  config: unknown,
  format: "h5" | "keras",
  [ofFile, ofCaller]: readonly [string | null, string | null],
): KerasModel {
  if (config === undefined || config === null)
    throw new KerasError(
      "no-config",
      "The file holds weights alone. Give the model's configuration as the option config: what model.to_json() gives in Python.",
    );
  const { stored, chain, builtShape, kerasVersion: ofConfig } = modelConfig(config);
  const kerasVersion = ofFile ?? ofConfig ?? ofCaller;
  // Before weights are counted, which layers of other kinds may have.
  for (const layer of stored) requireKnown(layer);
  const builder = new NetworkBuilder(weightReader(file, stored), kerasVersion);
  // Sequential models without an input layer know their input by the first layer, or by what they were built with.
  if (chain[0]?.className !== "InputLayer" && builtShape !== null)
    builder.begin(builtShape, chain[0]?.name ?? "(model)");
  const layers = chain.map((layer) => ({ name: layer.name, className: layer.className, shape: builder.add(layer) }));
  try {
    return { ...builder.finish(), format, kerasVersion, layers, notes: builder.notes };
  } catch (cause) {
    if (!(cause instanceof MlsecError) || cause instanceof KerasError) throw cause;
    throw invalidKeras(`No network can be made of the model. ${cause.message}`, {}, cause);
  }
}

function begins(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, place) => bytes[place] === byte);
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidKeras("The .keras file holds a text that is no UTF-8.", {}, cause);
  }
}

function versionOf(metadata: string): string | null {
  return /"keras_version"\s*:\s*"([\w.+-]{1,100})"/.exec(metadata)?.[1] ?? null;
}
