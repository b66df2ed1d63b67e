import type { FeatureMatrix, State } from "@mlsec/preprocess";
import type { InputLayout } from "../inputs.js";
import type { Network } from "../network/network.js";
import type { MemberModel, NetworkName } from "./member.js";

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
    readonly network: Network,
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

  toState(): State {
    return this.network.toState();
  }

  /** Room for a row's inputs to the network. */
  emptyInputs(): Float64Array {
    const { steps, width } = this.network.spec;
    return new Float64Array(steps * width);
  }

  /** Where a column stands among the inputs. */
  placeOf(column: number): number {
    return this.name === "ann" ? column : this.layout.places[column]!;
  }

  /** Puts a row's columns in their places among the inputs. */
  place(own: Float64Array, inputs: Float64Array): void {
    for (let column = 0; column < own.length; column++) inputs[this.placeOf(column)] = own[column]!;
  }
}
