import type { LayerShape } from "../index.js";

/** A weight as tfjs and Keras have it. */
export interface KerasWeight {
  /** Our name of it. */
  readonly name: string;
  readonly shape: number[];
}

/** A layer's weights in the order in which Keras and tfjs list them. */
export function namesInKeras({ layer, width, units }: LayerShape): KerasWeight[] {
  switch (layer.type) {
    case "dense":
      return [
        { name: "kernel", shape: [width, units] },
        { name: "bias", shape: [units] },
      ];
    case "lstm":
      return [
        { name: "kernel", shape: [width, 4 * units] },
        { name: "recurrent", shape: [units, 4 * units] },
        { name: "bias", shape: [4 * units] },
      ];
    case "batchNorm":
      return ["gamma", "beta", "mean", "variance"].map((name) => ({ name, shape: [width] }));
    case "dropout":
      return [];
  }
}
