import type { Json } from "@mlsec/preprocess";
import {
  BATCH_NORM_EPSILON,
  type LayerSpec,
  type LayerWeights,
  Network,
  type RecurrentActivation,
} from "@mlsec/threat-ensemble/score";
import type { LayerConfig } from "./config.js";
import { invalidKeras, shown, unsupportedLayer, unsupportedOption } from "./keras-error.js";
import { LayerOptions, requireKnown } from "./options.js";
import type { WeightReader } from "./weights.js";

/** One thing of a file that was interpreted, or that changes what its scores mean. */
export interface KerasNote {
  readonly severity: "warning" | "info";
  /** What it is about, in kebab-case: stable, meant for programs. */
  readonly what: string;
  /** The layer's name; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** How the model's last layer makes a probability of what comes in: by a sigmoid, by softmax, or not at all. */
export type KerasHead = "sigmoid" | "softmax" | "none";

/** Widest layer, as the networks have it: what is larger would be refused after it was read. */
const MAX_WIDTH = 4096;

/** Makes a network of Keras' layers, one after another. */
export class NetworkBuilder {
  readonly notes: KerasNote[] = [];
  private readonly layers: LayerSpec[] = [];
  private readonly weights: LayerWeights[] = [];
  /** Of what goes into the next layer, without the batch: (width) or (steps, width). */
  private shape: readonly number[] = [];
  /** Of what goes into the network's first layer. */
  private input: readonly number[] | null = null;
  private head: { readonly kind: "sigmoid" | "softmax"; readonly layer: string; readonly option: string } | null = null;

  constructor(
    private readonly read: WeightReader,
    private readonly kerasVersion: string | null,
  ) {}

  /** @param batchShape with the batch axis, for example [null, 10, 1]. */
  begin(batchShape: Json | undefined, layer: string): void {
    const shape = Array.isArray(batchShape) ? batchShape.slice(1) : [];
    const isFixed = shape.every((length): length is number => Number.isSafeInteger(length) && (length as number) > 0);
    if (shape.length < 1 || shape.length > 2 || !isFixed)
      throw unsupportedOption(
        layer,
        "batch_shape",
        batchShape ?? null,
        "an input is (width) or (steps, width), all fixed",
      );
    this.shape = shape;
  }

  /** @returns the shape of what the layer puts out, without the batch. */
  add(layer: LayerConfig): readonly number[] {
    const options = new LayerOptions(layer);
    if (this.shape.length === 0) this.begin(options.batchShape, layer.name);
    this.addKnown(layer, options);
    options.finish();
    return this.shape;
  }

  private addKnown(layer: LayerConfig, options: LayerOptions): void {
    switch (layer.className) {
      case "InputLayer":
        options.require("sparse", false);
        options.require("ragged", false);
        options.get("optional");
        return;
      case "Dense":
        this.addDense(layer, options);
        return;
      case "LSTM":
        this.addLstm(layer, options);
        return;
      case "BatchNormalization":
        this.addBatchNorm(layer, options);
        return;
      case "Dropout":
        this.push(layer, { type: "dropout", rate: options.number("rate", 0) }, {});
        return;
      case "Activation":
        this.activate(layer, options.activation("activation"), "activation");
        return;
      case "ReLU":
        options.require("max_value", null);
        options.require("negative_slope", 0);
        options.require("threshold", 0);
        this.activate(layer, "relu", "class_name");
        return;
      case "Softmax":
        options.require("axis", -1);
        this.activate(layer, "softmax", "class_name");
        return;
      case "Flatten":
        this.reshape(layer, [sizeOf(this.shape)]);
        return;
      case "Reshape":
        this.reshape(layer, this.target(layer, options));
        return;
      default:
        requireKnown(layer);
    }
  }

  private addDense(layer: LayerConfig, options: LayerOptions): void {
    const units = options.count("units");
    const width = this.width;
    this.requireOneStep(layer);
    const [kernel, ...rest] = this.read(layer, [
      { name: "kernel", shape: [width, units] },
      ...(options.flag("use_bias", true) ? [{ name: "bias", shape: [units] }] : []),
    ]);
    const bias = rest[0] ?? new Float32Array(units);
    this.push(layer, { type: "dense", units, activation: "linear" }, { kernel: kernel!, bias });
    this.shape = [...this.shape.slice(0, -1), units];
    this.activate(layer, options.activation("activation"), "activation");
  }

  private addLstm(layer: LayerConfig, options: LayerOptions): void {
    if (this.shape.length !== 2)
      throw invalidKeras(`The LSTM ${shown(layer.name)} gets no steps.`, { layer: layer.name });
    const units = options.count("units");
    const returnSequences = options.flag("return_sequences", false);
    options.require("activation", "tanh");
    const recurrentActivation = this.recurrentActivation(options);
    for (const option of ["go_backwards", "return_state", "stateful", "time_major"]) options.require(option, false);
    const [kernel, recurrent, bias = new Float32Array(4 * units)] = this.read(layer, [
      { name: "kernel", shape: [this.width, 4 * units] },
      { name: "recurrent_kernel", shape: [units, 4 * units] },
      ...(options.flag("use_bias", true) ? [{ name: "bias", shape: [4 * units] }] : []),
    ]);
    this.push(
      layer,
      { type: "lstm", units, returnSequences, ...recurrentActivation },
      { kernel: kernel!, recurrent: recurrent!, bias },
    );
    this.shape = returnSequences ? [this.shape[0]!, units] : [units];
  }

  /** Nothing for the sigmoid. `hard_sigmoid` is x / 5 + 1/2 until Keras 2, x / 6 + 1/2 since Keras 3, cut at 0 and 1. */
  private recurrentActivation(options: LayerOptions): { readonly recurrentActivation?: RecurrentActivation } {
    const option = "recurrent_activation";
    const activation = options.activation(option, "sigmoid");
    if (activation === "sigmoid") return {};
    if (activation !== "hard_sigmoid")
      throw options.unsupported(option, activation, 'only "sigmoid" and "hard_sigmoid" are read');
    const major = Number.parseInt(this.kerasVersion ?? "", 10);
    if (Number.isNaN(major))
      throw options.unsupported(
        option,
        activation,
        "Keras 3 means another line by it than those before, and nothing here names the version: give the option kerasVersion",
      );
    return { recurrentActivation: major < 3 ? "hardSigmoid5" : "hardSigmoid6" };
  }

  private addBatchNorm(layer: LayerConfig, options: LayerOptions): void {
    const { width } = this;
    const axis = options.get("axis") ?? -1;
    const along = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
    if (along !== -1 && along !== this.shape.length)
      throw options.unsupported("axis", axis, "only the last axis is normalised");
    options.require("renorm", false);
    const [scale, center] = [options.flag("scale", true), options.flag("center", true)];
    const epsilon = options.number("epsilon", BATCH_NORM_EPSILON);
    const named = [...(scale ? ["gamma"] : []), ...(center ? ["beta"] : []), "moving_mean", "moving_variance"];
    const read = this.read(
      layer,
      named.map((name) => ({ name, shape: [width] })),
    );
    const of = (name: string): Float32Array | undefined => read[named.indexOf(name)];
    const gamma = of("gamma") ?? new Float32Array(width).fill(1);
    const variance = of("moving_variance")!;
    if (epsilon !== BATCH_NORM_EPSILON) {
      // The networks have one ε; a factor that differs by its root gives the same numbers.
      for (let at = 0; at < width; at++)
        gamma[at]! *= Math.sqrt((variance[at]! + BATCH_NORM_EPSILON) / (variance[at]! + epsilon));
      this.note(
        "info",
        "epsilon",
        layer.name,
        `Its epsilon ${epsilon} was made ${BATCH_NORM_EPSILON} with other factors.`,
      );
    }
    const beta = of("beta") ?? new Float32Array(width);
    this.push(layer, { type: "batchNorm" }, { gamma, beta, mean: of("moving_mean")!, variance });
  }

  /** Of a layer's activation, or of a layer that is one. */
  private activate(layer: LayerConfig, activation: Json, option: string): void {
    if (activation === "linear") return;
    if (activation === "sigmoid" || activation === "softmax") {
      this.requireNoHead();
      this.head = { kind: activation, layer: layer.name, option };
      return;
    }
    if (activation !== "relu")
      throw unsupportedOption(
        layer.name,
        option,
        activation,
        "only linear, relu, and at the end sigmoid or softmax are read",
      );
    this.requireNoHead();
    this.requireOneStep(layer);
    const last = this.layers.at(-1);
    if (last?.type === "dense" && last.activation === "linear")
      this.layers[this.layers.length - 1] = { ...last, activation };
    else this.pushIdentity(layer, "relu");
  }

  /** A dense layer that hands on what it gets, for an activation that follows no dense layer. */
  private pushIdentity(layer: LayerConfig, activation: "relu" | "linear"): void {
    const { width } = this;
    const kernel = new Float32Array(width * width);
    for (let at = 0; at < width; at++) kernel[at * width + at] = 1;
    this.push(layer, { type: "dense", units: width, activation }, { kernel, bias: new Float32Array(width) });
  }

  private push(layer: LayerConfig, spec: LayerSpec, weights: LayerWeights): void {
    this.requireNoHead();
    if (this.width > MAX_WIDTH)
      throw unsupportedLayer(layer.name, `gets ${this.width} numbers a step; ${MAX_WIDTH} is the most`);
    if (spec.type !== "dropout") this.input ??= this.shape;
    this.layers.push(spec);
    this.weights.push(weights);
  }

  private reshape(layer: LayerConfig, shape: readonly number[]): void {
    const steps = shape.length === 2 ? shape[0] : 1;
    // Before the first layer only the reading of a row changes; later, what is one step must stay one.
    if (this.input !== null && (steps !== this.steps || shape.at(-1) !== this.width))
      throw unsupportedLayer(
        layer.name,
        `makes (${shape.join(", ")}) of (${this.shape.join(", ")}); after the first layer, networks here keep their steps`,
      );
    this.shape = shape;
  }

  private target(layer: LayerConfig, options: LayerOptions): readonly number[] {
    const target = options.get("target_shape");
    const lengths = Array.isArray(target) ? target : [];
    const known = lengths.reduce((product: number, length) => product * (length === -1 ? 1 : (length as number)), 1);
    const size = sizeOf(this.shape);
    const shape = lengths.map((length) => (length === -1 ? size / known : (length as number)));
    const isShape = shape.every((length) => Number.isSafeInteger(length) && length > 0) && sizeOf(shape) === size;
    if (shape.length >= 1 && shape.length <= 2 && isShape) return shape;
    throw unsupportedOption(layer.name, "target_shape", target, `(width) or (steps, width) of ${size} numbers is read`);
  }

  /** @returns the network and how its last layer made probabilities. */
  finish(): { network: Network; head: KerasHead } {
    const { head, layers, weights } = this;
    while (layers.at(-1)?.type === "dropout") {
      layers.pop();
      weights.pop();
    }
    const kind = head?.kind ?? "none";
    const units = sizeOf(this.shape);
    if (units !== (kind === "softmax" ? 2 : 1))
      throw unsupportedLayer(head?.layer ?? "(last)", `puts out ${units} numbers; one is read, or two of softmax`);
    const last = layers.at(-1);
    if (last?.type !== "dense" || last.activation !== "linear") {
      if (head === null)
        throw unsupportedLayer("(last)", "is no Dense layer with a sigmoid, a softmax or no activation");
      this.pushLast(head.layer);
    }
    if (kind === "softmax") this.joinColumns();
    this.noteHead(kind);
    const [first, second] = this.input ?? [];
    const [steps, width] = second === undefined ? [1, first!] : [first!, second];
    return { network: new Network({ steps, width, layers }, weights), head: kind };
  }

  private pushLast(name: string): void {
    this.head = null;
    this.pushIdentity({ name, className: "Activation", options: {} }, "linear");
  }

  /** softmax of (a, b) gives b the probability sigmoid(b − a). */
  private joinColumns(): void {
    const { kernel, bias } = this.weights.at(-1)!;
    const joined = (pairs: Float32Array): Float32Array =>
      Float32Array.from({ length: pairs.length / 2 }, (_, at) => pairs[2 * at + 1]! - pairs[2 * at]!);
    this.weights[this.weights.length - 1] = { kernel: joined(kernel!), bias: joined(bias!) };
    this.layers[this.layers.length - 1] = { type: "dense", units: 1, activation: "linear" };
  }

  private noteHead(kind: KerasHead): void {
    if (kind === "sigmoid")
      this.note(
        "info",
        "sigmoid-head",
        "",
        "The network ends in the logit; its score is the sigmoid of it, as the model's output is.",
      );
    else if (kind === "softmax")
      this.note(
        "info",
        "softmax-head",
        "",
        "Two outputs became one logit, their difference; the score is the second one's probability.",
      );
    else
      this.note(
        "warning",
        "no-head",
        "",
        "The model ends in a linear unit, which is taken for the logit: scores are its sigmoid.",
      );
  }

  private note(severity: KerasNote["severity"], what: string, path: string, message: string): void {
    this.notes.push({ severity, what, path: path.slice(0, 200), message });
  }

  private get width(): number {
    return this.shape.at(-1)!;
  }

  private get steps(): number {
    return this.shape.length === 2 ? this.shape[0]! : 1;
  }

  private requireNoHead(): void {
    if (this.head === null) return;
    const { layer, option, kind } = this.head;
    throw unsupportedOption(layer, option, kind, "it can only be at the end");
  }

  private requireOneStep({ name }: LayerConfig): void {
    if (this.steps !== 1)
      throw unsupportedLayer(name, `acts on each of ${this.steps} steps; let the LSTM before it return its last state`);
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
