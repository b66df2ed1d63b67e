import { type Json, MlsecError, type State, StateReader, toPlain } from "@mlsec/preprocess";
import { sigmoid } from "@mlsec/preprocess/numeric";
import { Scorer } from "./scorer.js";
import { type LayerWeights, layerShapes, type NetworkSpec, specFromState, specToState } from "./spec.js";
import { weightsFromState, weightsToState } from "./weights-state.js";

/** A trained network. Scoring needs no training engine: it is a fused forward pass on WebAssembly, or on TypeScript with the same bits. */
export class Network {
  /** Made when it is first needed: a network that only travels needs no memory for it. */
  private scorer: Scorer | null = null;
  private readonly rowLength: number;

  /**
   * @param weights one record a layer; see `LayerSpec` for names and layouts.
   * @throws MlsecError `invalid-network` where the weights do not fit the layers or are not finite.
   */
  constructor(
    readonly spec: NetworkSpec,
    readonly weights: readonly LayerWeights[],
  ) {
    this.rowLength = spec.steps * spec.width;
    for (const [index, shape] of layerShapes(spec).entries()) {
      for (const [name, length] of Object.entries(shape.weights))
        requireWeights(weights[index]?.[name], length, `${name} of layer ${index}`);
    }
  }

  /**
   * The logit of the attack class for each row.
   *
   * @param inputs rows × steps × width numbers, row-major.
   * @throws MlsecError `length-mismatch`.
   */
  logits(inputs: Float32Array): Float32Array {
    const { rowLength } = this;
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
    this.loaded().logits(inputs, logits);
    return logits;
  }

  /**
   * The logit of the attack class for one row: the bits that `logits` gives, without allocating anything.
   *
   * @param values steps × width numbers, rounded to float32.
   * @throws MlsecError `length-mismatch`.
   */
  logitRow(values: ArrayLike<number>): number {
    const { rowLength } = this;
    if (values.length !== rowLength)
      throw new MlsecError("length-mismatch", `The network takes ${rowLength} numbers a row, not ${values.length}.`, {
        expected: rowLength,
        got: values.length,
      });
    return this.loaded().logit(values);
  }

  /** The probability of the attack class for one row, 0 to 1: what `score` gives, without allocating anything. */
  scoreRow(values: ArrayLike<number>): number {
    return Math.fround(sigmoid(this.logitRow(values)));
  }

  /** The probability of the attack class for each row, 0 to 1. */
  score(inputs: Float32Array): Float32Array {
    return this.logits(inputs).map(sigmoid);
  }

  private loaded(): Scorer {
    this.scorer ??= new Scorer(this.spec).load(this.weights);
    return this.scorer;
  }

  toState(): State {
    return {
      ...(specToState(this.spec) as Record<string, State>),
      weights: weightsToState(this.weights),
    };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state` or `invalid-network`. */
  static fromState(state: unknown): Network {
    const reader = new StateReader(state, "network");
    const spec = specFromState(reader);
    return new Network(spec, weightsFromState(reader, "weights", layerShapes(spec)));
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
