import type { State, StateReader } from "@mlsec/preprocess";
import type { LayerShape, LayerWeights } from "./spec.js";

/** Weights as a state: one record a layer. */
export function weightsToState(weights: readonly LayerWeights[]): State {
  return weights.map((layer) => ({ ...layer }));
}

/**
 * The weights of every layer, their number and lengths checked.
 *
 * @param holds which weights are stored; default all.
 * @throws MlsecError `invalid-state`.
 */
export function weightsFromState(
  reader: StateReader,
  key: string,
  shapes: readonly LayerShape[],
  holds: (name: string) => boolean = () => true,
): LayerWeights[] {
  const stored = reader.objects(key);
  if (stored.length !== shapes.length) reader.fail(key, `a list of ${shapes.length} layers`);
  return shapes.map((shape, layer) =>
    Object.fromEntries(
      Object.entries(shape.weights)
        .filter(([name]) => holds(name))
        .map(([name, length]) => [name, stored[layer]!.float32(name, length)]),
    ),
  );
}
