import type { Json } from "@mlsec/preprocess";
import { isObject, type LayerConfig } from "./config.js";
import { invalidKeras, shown, unsupportedLayer, unsupportedOption } from "./keras-error.js";

/** What every layer may say that changes no score: names, and what is for training alone. */
const OF_ALL: readonly string[] = ["name", "trainable", "activity_regularizer"];

/** Starting values, penalties and limits of weights, which matter while they are learnt. */
function ofWeights(...weights: readonly string[]): readonly string[] {
  return weights.flatMap((weight) => [`${weight}_initializer`, `${weight}_regularizer`, `${weight}_constraint`]);
}

/** For each layer the options that change no score. */
const IGNORED: Readonly<Record<string, readonly string[]>> = {
  InputLayer: ["batch_shape", "batch_input_shape", "shape", "input_shape"],
  Dense: ofWeights("kernel", "bias"),
  LSTM: [
    ...ofWeights("kernel", "recurrent", "bias"),
    "unit_forget_bias",
    "dropout",
    "recurrent_dropout",
    "seed",
    "unroll",
    "implementation",
    "use_cudnn",
    "zero_output_for_mask",
  ],
  BatchNormalization: [
    ...ofWeights("beta", "gamma"),
    "moving_mean_initializer",
    "moving_variance_initializer",
    "momentum",
    "renorm_momentum",
    "synchronized",
    "fused",
  ],
  Dropout: ["seed", "noise_shape"],
  Flatten: ["data_format"],
};

/** The layers that are read. */
const KNOWN: ReadonlySet<string> = /* @__PURE__ */ new Set([
  ...Object.keys(IGNORED),
  "Activation",
  "ReLU",
  "Softmax",
  "Reshape",
]);

/** @throws KerasError `unsupported-layer`. */
export function requireKnown({ name, className }: LayerConfig): void {
  if (!KNOWN.has(className)) throw unsupportedLayer(name, `is a ${shown(className)}, which networks here do not have`);
}

/** The options of a layer: each is asked for, known not to matter, or an error. */
export class LayerOptions {
  private readonly asked: Set<string>;

  constructor(private readonly layer: LayerConfig) {
    this.asked = new Set([...OF_ALL, ...(IGNORED[layer.className] ?? []), "batch_input_shape", "batch_shape"]);
  }

  /** The shape of the first layer's input with its batch axis, or undefined. */
  get batchShape(): Json | undefined {
    const { options } = this.layer;
    return options["batch_shape"] ?? options["batch_input_shape"] ?? undefined;
  }

  get(option: string): Json {
    this.asked.add(option);
    return this.layer.options[option] ?? null;
  }

  /** A whole number from 1. */
  count(option: string): number {
    const value = this.get(option);
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    return this.fail(option, "a whole number from 1");
  }

  number(option: string, standard: number): number {
    const value = this.get(option) ?? standard;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return this.fail(option, "a number");
  }

  flag(option: string, standard: boolean): boolean {
    const value = this.get(option) ?? standard;
    return typeof value === "boolean" ? value : this.fail(option, "true or false");
  }

  /** Of an option that networks here have one value of. */
  require(option: string, only: Json, standard: Json = only): void {
    const value = this.get(option) ?? standard;
    if (value !== only) throw this.unsupported(option, value, `only ${JSON.stringify(only)} is read`);
  }

  /** The name of an activation; it is compared with those that are known, and never looked up. */
  activation(option: string, standard = "linear"): Json {
    return this.get(option) ?? standard;
  }

  unsupported(option: string, value: Json, instead: string): Error {
    return unsupportedOption(this.layer.name, option, value, instead);
  }

  /**
   * Checks the type of numbers, and that no option is left that was not asked for. Options that are off, or not given, may
   * be of any name: each version of Keras brings some.
   */
  finish(): void {
    const type = this.get("dtype");
    // Newer versions write a policy, {"class_name": "DTypePolicy", "config": {"name": "float32"}}.
    const policy = isObject(type) ? type["config"] : null;
    const name = isObject(policy) ? policy["name"] : type;
    if (name !== null && name !== "float32") throw this.unsupported("dtype", name ?? null, "only float32 is read");
    for (const [option, value] of Object.entries(this.layer.options))
      if (!this.asked.has(option) && value !== null && value !== false)
        throw this.unsupported(option, value, "it is not known here");
  }

  private fail(option: string, expected: string): never {
    const { name } = this.layer;
    throw invalidKeras(`The option ${option} of the layer ${shown(name)} must be ${expected}.`, {
      layer: name,
      option,
    });
  }
}
