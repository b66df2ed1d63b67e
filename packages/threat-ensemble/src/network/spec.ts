import { MlsecError, type State, type StateReader } from "@mlsec/preprocess";

/**
 * A layer of a network, by Keras' conventions.
 *
 * - `dense`: x · kernel + bias, then ReLU if asked for.
 * - `batchNorm`: normalises each feature by batch statistics in training, by moving ones in scoring (ε 1e-3, momentum
 *   0.99).
 * - `dropout`: zeroes inputs at `rate` in training and scales the others by 1 / (1 − rate); nothing in scoring.
 * - `lstm`: gates in the order input, forget, cell, output; one bias; tanh, and the recurrent activation for the gates;
 *   hands on the state after every step, or after the last alone.
 */
export type LayerSpec =
  | { readonly type: "dense"; readonly units: number; readonly activation: "relu" | "linear" }
  | { readonly type: "batchNorm" }
  | { readonly type: "dropout"; readonly rate: number }
  | {
      readonly type: "lstm";
      readonly units: number;
      readonly returnSequences: boolean;
      /** Default "sigmoid". */
      readonly recurrentActivation?: RecurrentActivation;
    };

/**
 * What opens and closes the gates of an LSTM: 1 / (1 + e^−x), or a line cut at 0 and 1: `hardSigmoid5` is x / 5 + 1/2
 * (`hard_sigmoid` of Keras 1 and 2, `hardSigmoid` of tfjs), `hardSigmoid6` is x / 6 + 1/2 (`hard_sigmoid` of Keras 3).
 */
export type RecurrentActivation = "sigmoid" | "hardSigmoid5" | "hardSigmoid6";

const GATE_SLOPES: Readonly<Record<RecurrentActivation, number>> = {
  sigmoid: 0,
  hardSigmoid5: Math.fround(1 / 5),
  hardSigmoid6: Math.fround(1 / 6),
};

const RECURRENT_ACTIVATIONS = Object.keys(GATE_SLOPES) as RecurrentActivation[];

/** The slope of the hard sigmoid of an LSTM's gates; 0 for the sigmoid. */
export function gateSlope(layer: LayerSpec): number {
  return GATE_SLOPES[(layer.type === "lstm" && layer.recurrentActivation) || "sigmoid"];
}

/**
 * A network for binary classification: its input is `steps` vectors of `width` numbers a row, its last layer is
 * `dense` with one linear unit, the logit of the attack class.
 */
export interface NetworkSpec {
  readonly steps: number;
  readonly width: number;
  readonly layers: readonly LayerSpec[];
}

/** Weights of one layer by name: `kernel`, `bias`; `kernel`, `recurrent`, `bias`; `gamma`, `beta`, `mean`, `variance`. */
export type LayerWeights = Readonly<Record<string, Float32Array>>;

/** Batch normalisation: what is added to the variance, and how much of a moving statistic survives a batch. */
export const BATCH_NORM_EPSILON = 1e-3;
export const BATCH_NORM_MOMENTUM = 0.99;

/** Widest layer and longest sequence that are accepted, far above any of ours: they bound what a hostile file can claim. */
export const MAX_UNITS = 4096;
export const MAX_STEPS = 4096;
export const MAX_LAYERS = 64;

/** Most numbers of a row, steps × width: padded to the widest step, a row of a few thousand columns could claim millions. */
export const MAX_INPUTS = 262_144;

/** A layer with the shape of what comes in and goes out, and how many numbers each of its weights has. */
export interface LayerShape {
  readonly layer: LayerSpec;
  readonly steps: number;
  readonly width: number;
  readonly units: number;
  readonly weights: Readonly<Record<string, number>>;
}

/**
 * The shapes of a network's layers, in order.
 *
 * @throws MlsecError `invalid-network` where a layer cannot follow the one before it.
 */
export function layerShapes(spec: NetworkSpec): LayerShape[] {
  const shapes: LayerShape[] = [];
  requireWithin("steps", spec.steps, MAX_STEPS);
  requireWithin("width", spec.width, MAX_UNITS);
  requireWithin("number of inputs", spec.steps * spec.width, MAX_INPUTS);
  requireWithin("number of layers", spec.layers.length, MAX_LAYERS);
  let { steps, width } = spec;
  for (const [index, layer] of spec.layers.entries()) {
    let units = width;
    let weights: Record<string, number> = {};
    if (layer.type === "dense") {
      requireWithin("units", layer.units, MAX_UNITS);
      if (steps !== 1)
        throw broken(
          `Layer ${index} is dense but gets a sequence of ${steps} steps; the LSTM before it must hand on its last state.`,
        );
      units = layer.units;
      weights = { kernel: width * units, bias: units };
    } else if (layer.type === "lstm") {
      requireWithin("units", layer.units, MAX_UNITS);
      units = layer.units;
      weights = { kernel: width * 4 * units, recurrent: units * 4 * units, bias: 4 * units };
    } else if (layer.type === "batchNorm") {
      weights = { gamma: width, beta: width, mean: width, variance: width };
    } else if (!(layer.rate >= 0 && layer.rate < 1)) {
      throw broken(`The dropout rate of layer ${index} must be at least 0 and below 1, not ${layer.rate}.`);
    }
    shapes.push({ layer, steps, width, units, weights });
    if (layer.type === "lstm" && !layer.returnSequences) steps = 1;
    width = units;
  }
  const last = spec.layers.at(-1);
  if (last?.type !== "dense" || last.units !== 1 || last.activation !== "linear") {
    throw broken("The last layer must be dense with one linear unit.");
  }
  return shapes;
}

function requireWithin(what: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw broken(`The ${what} of a network must be an integer from 1 to ${max}, not ${value}.`);
}

function broken(message: string): MlsecError {
  return new MlsecError("invalid-network", message);
}

export function specToState({ steps, width, layers }: NetworkSpec): State {
  return { steps, width, layers: layers.map((layer) => ({ ...layer })) };
}

/** A network's layout from a state. @throws MlsecError `invalid-state` or `invalid-network`. */
export function specFromState(reader: StateReader): NetworkSpec {
  const spec: NetworkSpec = {
    steps: reader.integer("steps", { min: 1, max: MAX_STEPS }),
    width: reader.integer("width", { min: 1, max: MAX_UNITS }),
    layers: reader.objects("layers").map(layerFromState),
  };
  layerShapes(spec);
  return spec;
}

function layerFromState(reader: StateReader): LayerSpec {
  const type = reader.oneOf("type", ["dense", "batchNorm", "dropout", "lstm"]);
  const units = (): number => reader.integer("units", { min: 1, max: MAX_UNITS });
  switch (type) {
    case "dense":
      return { type, units: units(), activation: reader.oneOf("activation", ["relu", "linear"]) };
    case "lstm":
      return {
        type,
        units: units(),
        returnSequences: reader.boolean("returnSequences"),
        ...(reader.has("recurrentActivation") && {
          recurrentActivation: reader.oneOf("recurrentActivation", RECURRENT_ACTIVATIONS),
        }),
      };
    case "dropout":
      return { type, rate: reader.number("rate", { min: 0, max: 1 }) };
    case "batchNorm":
      return { type };
  }
}
