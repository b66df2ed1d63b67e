import {
  BATCH_NORM_EPSILON,
  type LayerSpec,
  type LayerWeights,
  type Network,
  type RecurrentActivation,
} from "@mlsec/threat-ensemble/score";
import { cast } from "./arithmetic.js";
import type { GraphBuilder, Value } from "./graph-builder.js";
import type { Attribute } from "./model.js";

/** Gates of an LSTM in ONNX' order, input, output, forget, candidate, by their places in ours: input, forget, candidate, output. */
const GATES: readonly number[] = [0, 3, 1, 2];

/** What opens and closes an LSTM's gates. What is not said is the sigmoid, and tanh for the rest. */
const GATE_ATTRIBUTES: Readonly<Record<RecurrentActivation, Readonly<Record<string, Attribute>>>> = {
  sigmoid: {},
  hardSigmoid5: /* @__PURE__ */ hardSigmoid(1 / 5),
  hardSigmoid6: /* @__PURE__ */ hardSigmoid(1 / 6),
};

/** min(1, max(0, slope · x + 1/2)). */
function hardSigmoid(slope: number): Readonly<Record<string, Attribute>> {
  return {
    activations: { texts: ["HardSigmoid", "Tanh", "Tanh"] },
    activation_alpha: { floats: [slope] },
    activation_beta: { floats: [0.5] },
  };
}

/**
 * A network's probability of an attack, rows × 1, as a float: computed in float32, but for the last sigmoid.
 *
 * @param inputs rows × (steps · width) floats.
 */
export function networkProbability(graph: GraphBuilder, { spec, weights }: Network, inputs: Value): Value {
  let { steps, width } = spec;
  const isSequence = spec.layers.some(({ type }) => type === "lstm");
  let x = isSequence ? stepsFirst(graph, inputs, steps, width) : inputs;
  for (const [index, layer] of spec.layers.entries()) {
    const own = weights[index]!;
    if (layer.type === "dense") {
      x = dense(graph, x, own, width, layer.units);
      if (layer.activation === "relu") x = graph.node("Relu", [x]);
      width = layer.units;
    } else if (layer.type === "lstm") {
      x = lstm(graph, x, own, layer, width);
      if (!layer.returnSequences) steps = 1;
      width = layer.units;
    } else if (layer.type === "batchNorm") x = normalised(graph, x, own);
    // Dropout does nothing in scoring.
  }
  return probabilityOf(graph, x);
}

/** steps × rows × width, as LSTMs of ONNX want it. */
function stepsFirst(graph: GraphBuilder, inputs: Value, steps: number, width: number): Value {
  const sequences = graph.node("Reshape", [inputs, graph.integers("rows, steps, width", [-1, steps, width])]);
  return graph.node("Transpose", [sequences], { perm: { ints: [1, 0, 2] } });
}

function floats(graph: GraphBuilder, name: string, values: ArrayLike<number>, shape: readonly number[]): Value {
  return graph.constant(name, { type: "float", shape, values });
}

function dense(graph: GraphBuilder, x: Value, { kernel, bias }: LayerWeights, width: number, units: number): Value {
  return graph.node("Gemm", [
    x,
    floats(graph, "kernel", kernel!, [width, units]),
    floats(graph, "bias", bias!, [units]),
  ]);
}

/** A scale and a shift of the last axis, whatever comes before it. */
function normalised(graph: GraphBuilder, x: Value, { gamma, beta, mean, variance }: LayerWeights): Value {
  const scale = Float64Array.from(gamma!, (value, i) => value / Math.sqrt(variance![i]! + BATCH_NORM_EPSILON));
  const shift = Float64Array.from(beta!, (value, i) => value - mean![i]! * scale[i]!);
  const scaled = graph.node("Mul", [x, floats(graph, "scale", scale, [scale.length])]);
  return graph.node("Add", [scaled, floats(graph, "shift", shift, [shift.length])]);
}

function lstm(
  graph: GraphBuilder,
  x: Value,
  { kernel, recurrent, bias }: LayerWeights,
  { units, returnSequences, recurrentActivation = "sigmoid" }: Extract<LayerSpec, { type: "lstm" }>,
  width: number,
): Value {
  const biases = new Float32Array(8 * units);
  biases.set(gatesFirst(bias!, 1, units));
  const inputs = [
    x,
    floats(graph, "kernel", gatesFirst(kernel!, width, units), [1, 4 * units, width]),
    floats(graph, "recurrent kernel", gatesFirst(recurrent!, units, units), [1, 4 * units, units]),
    floats(graph, "bias", biases, [1, 8 * units]),
  ];
  const outputs = returnSequences ? ["states"] : ["", "last state"];
  const attributes = { hidden_size: { int: units }, ...GATE_ATTRIBUTES[recurrentActivation] };
  const made = graph.nodeOf("", "LSTM", inputs, attributes, outputs);
  // The axis of directions, of which there is one.
  const axis = graph.integers("axis of directions", [returnSequences ? 1 : 0]);
  return graph.node("Squeeze", [made.at(-1)!, axis]);
}

/** A matrix of inputs × (4 · units) turned, with its gates in ONNX' order: (4 · units) × inputs. */
function gatesFirst(values: Float32Array, inputs: number, units: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (const [place, gate] of GATES.entries())
    for (let unit = 0; unit < units; unit++)
      for (let input = 0; input < inputs; input++)
        turned[(place * units + unit) * inputs + input] = values[input * 4 * units + gate * units + unit]!;
  return turned;
}

/** 1 / (1 + e^−x) of doubles, rounded to a float as mlsec does: next to 0 and 1 a float's sigmoid is too rough to calibrate. */
function probabilityOf(graph: GraphBuilder, logit: Value): Value {
  return cast(graph, graph.node("Sigmoid", [cast(graph, logit, "double")]), "float");
}
