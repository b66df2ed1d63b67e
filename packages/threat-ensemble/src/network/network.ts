import { type Json, MlsecError, type State, StateReader, toPlain } from "@mlsec/preprocess";
import { sigmoid } from "@mlsec/preprocess/numeric";
import { BLOCK_ROWS, type LayerPass, layerPass } from "./forward.js";
import { type LayerWeights, layerShapes, type NetworkSpec, specFromState, specToState } from "./spec.js";

/** A trained network. Scoring needs no training engine: it is a plain forward pass over typed arrays. */
export class Network {
  private readonly passes: readonly LayerPass[];

  /**
   * @param weights one record a layer; see `LayerSpec` for names and layouts.
   * @throws MlsecError `invalid-network` where the weights do not fit the layers or are not finite.
   */
  constructor(
    readonly spec: NetworkSpec,
    readonly weights: readonly LayerWeights[],
  ) {
    this.passes = layerShapes(spec).flatMap((shape, index) => {
      const given = weights[index] ?? {};
      for (const [name, length] of Object.entries(shape.weights))
        requireWeights(given[name], length, `${name} of layer ${index}`);
      return layerPass(shape, given) ?? [];
    });
  }

  /**
   * The logit of the attack class for each row.
   *
   * @param inputs rows × steps × width numbers, row-major.
   * @throws MlsecError `length-mismatch`.
   */
  logits(inputs: Float32Array): Float32Array {
    const rowLength = this.spec.steps * this.spec.width;
    const rows = inputs.length / rowLength;
    if (!Number.isInteger(rows)) {
      throw new MlsecError(
        "length-mismatch",
        `The network takes ${rowLength} numbers a row, which ${inputs.length} is no multiple of.`,
        {
          expected: rowLength,
          got: inputs.length,
        },
      );
    }
    const logits = new Float32Array(rows);
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from);
      let values: Float32Array = inputs.subarray(from * rowLength, (from + count) * rowLength);
      for (const pass of this.passes) values = pass(values, count);
      logits.set(values.subarray(0, count), from);
    }
    return logits;
  }

  /** The probability of the attack class for each row, 0 to 1. */
  score(inputs: Float32Array): Float32Array {
    return this.logits(inputs).map(sigmoid);
  }

  toState(): State {
    return {
      ...(specToState(this.spec) as Record<string, State>),
      weights: this.weights.map((layer) => ({ ...layer })),
    };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state` or `invalid-network`. */
  static fromState(state: unknown): Network {
    const reader = new StateReader(state, "network");
    const spec = specFromState(reader);
    const shapes = layerShapes(spec);
    const stored = reader.objects("weights");
    if (stored.length !== shapes.length) reader.fail("weights", `a list of ${shapes.length} layers`);
    const weights = shapes.map((shape, index) =>
      Object.fromEntries(
        Object.entries(shape.weights).map(([name, length]) => [name, stored[index]!.float32(name, length)]),
      ),
    );
    return new Network(spec, weights);
  }
}

function requireWeights(values: Float32Array | undefined, length: number, name: string): void {
  if (values?.length !== length)
    throw new MlsecError("invalid-network", `The ${name} needs ${length} weights, not ${values?.length ?? 0}.`);
  if (!values.every((value) => value - value === 0))
    throw new MlsecError("invalid-network", `The ${name} holds a number that is not finite.`);
  if (name.startsWith("variance") && values.some((value) => value < 0))
    throw new MlsecError("invalid-network", `The ${name} is negative.`);
}
