import type { FeatureMatrix, State } from "@mlsec/preprocess";
import { sigmoid } from "@mlsec/preprocess/numeric";
import type { NetworkName } from "../architecture.js";
import type { InputLayout } from "../inputs.js";
import { integratedGradients } from "../integrated-gradients.js";
import { InputGradient } from "../network/input-gradient.js";
import type { Network } from "../network/network.js";
import type { MemberModel } from "./member.js";

/** A member's inputs: the rows as they are for the ANN, as sequences for the LSTM. */
export function networkInputs(name: NetworkName, layout: InputLayout, matrix: FeatureMatrix): Float32Array {
  return name === "ann" ? layout.flat(matrix) : layout.sequence(matrix);
}

/** A network that votes. */
export class NetworkMember implements MemberModel {
  /** What a row goes through on its way to the network; made when it is first needed. */
  private inputs: Float64Array | null = null;

  constructor(
    private readonly name: NetworkName,
    private readonly layout: InputLayout,
    private readonly network: Network,
  ) {}

  /** Whether the network's inputs are those of the layout. */
  get fits(): boolean {
    const { steps, width } = this.network.spec;
    const { layout } = this;
    return this.name === "ann"
      ? steps === 1 && width === layout.sources.length
      : steps === layout.steps.length && width === layout.width;
  }

  proba(own: FeatureMatrix): Float32Array {
    return this.network.score(networkInputs(this.name, this.layout, own));
  }

  probaRow(own: Float64Array): number {
    this.inputs ??= this.emptyInputs();
    this.place(own, this.inputs);
    return this.network.scoreRow(this.inputs);
  }

  /** Integrated gradients of the probability, within 5e-4 of their sum. */
  attributions(own: Float64Array, baseline: Float64Array): Float64Array {
    const gradientOf = new InputGradient(this.network);
    const inputs = this.emptyInputs();
    const slopes = new Float64Array(inputs.length);
    return integratedGradients(
      (point, gradient) => {
        this.place(point, inputs);
        const probability = sigmoid(gradientOf.at(inputs, slopes));
        const slope = probability * (1 - probability);
        for (let column = 0; column < gradient.length; column++)
          gradient[column] = slope * slopes[this.placeOf(column)]!;
        return probability;
      },
      // The numbers that the network sees.
      baseline.map(Math.fround),
      own.map(Math.fround),
    );
  }

  toState(): State {
    return this.network.toState();
  }

  private emptyInputs(): Float64Array {
    const { steps, width } = this.network.spec;
    return new Float64Array(steps * width);
  }

  private placeOf(column: number): number {
    return this.name === "ann" ? column : this.layout.places[column]!;
  }

  private place(own: Float64Array, inputs: Float64Array): void {
    for (let column = 0; column < own.length; column++) inputs[this.placeOf(column)] = own[column]!;
  }
}
