import type { LayerConfig } from "./config.js";
import type { Hdf5File } from "./hdf5.js";
import { invalidKeras, shown, tooLarge } from "./keras-error.js";
import { MAX_WEIGHTS } from "./limits.js";

/** A weight that a layer should have, by its name in Keras. */
export interface WeightShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The weights of a layer in the order that is given, which is Keras' own. */
export type WeightReader = (layer: LayerConfig, expected: readonly WeightShape[]) => Float32Array[];

/** For each class of layers with weights, the folder of its weights in the layout of Keras 3, and where in it they are. */
const FOLDERS: Readonly<Record<string, readonly [folder: string, variables: string]>> = {
  Dense: ["dense", "vars"],
  BatchNormalization: ["batch_normalization", "vars"],
  LSTM: ["lstm", "cell/vars"],
};

/**
 * What reads a file's weights, in the layout that it has:
 *
 * - that of `.h5` files of Keras 2 and 3: the attribute `layer_names` lists groups in the order of layers, each of which
 *   lists its weights in `weight_names`; in `model_weights` where the file holds a whole model;
 * - that of `.weights.h5` and in `.keras` files: `layers/dense_1/vars/0`, numbered by class in the order of layers.
 *
 * @throws KerasError `invalid-keras`, `too-large`.
 */
export function weightReader(file: Hdf5File, stored: readonly LayerConfig[]): WeightReader {
  const layers = stored.filter(({ className }) => Object.hasOwn(FOLDERS, className));
  const root = file.isGroup("model_weights") ? "model_weights" : "";
  const groups = file.texts(root, "layer_names");
  const paths = groups === null ? numbered(file, layers) : named(file, root, groups, layers);
  let total = 0;
  return (layer, expected) => {
    const own = paths.get(layer) ?? [];
    if (own.length !== expected.length)
      throw invalidKeras(
        `The layer ${shown(layer.name)} should have ${expected.length} arrays of weights; the file has ${own.length}.`,
        { layer: layer.name },
      );
    return expected.map(({ name, shape }, place) => {
      total += shape.reduce((product, length) => product * length, 1);
      if (total > MAX_WEIGHTS) throw tooLarge(`The network has ${total} weights or more`, MAX_WEIGHTS);
      const path = own[place]!;
      const last = path.slice(path.lastIndexOf("/") + 1).replace(/:\d+$/, "");
      if (groups !== null && last !== name)
        throw invalidKeras(`The layer ${shown(layer.name)} has ${shown(last)} in the place of ${name}.`, {
          layer: layer.name,
        });
      return file.numbers(path, shape, layer.name);
    });
  };
}

function named(
  file: Hdf5File,
  root: string,
  groups: readonly string[],
  layers: readonly LayerConfig[],
): Map<LayerConfig, readonly string[]> {
  const at = (name: string): string => (root === "" ? name : `${root}/${name}`);
  const lists = groups
    .map((group) => (file.texts(at(group), "weight_names") ?? []).map((name) => `${at(group)}/${name}`))
    .filter((list) => list.length > 0);
  if (lists.length !== layers.length)
    throw invalidKeras(`The file has weights of ${lists.length} layers, the model ${layers.length} with weights.`);
  return new Map(layers.map((layer, place) => [layer, lists[place]!]));
}

function numbered(file: Hdf5File, layers: readonly LayerConfig[]): Map<LayerConfig, readonly string[]> {
  if (!file.isGroup("layers")) throw invalidKeras("The file holds no weights of Keras.");
  const counts = new Map<string, number>();
  return new Map(
    layers.map((layer) => {
      const [folder, variables] = FOLDERS[layer.className]!;
      const count = counts.get(folder) ?? 0;
      counts.set(folder, count + 1);
      const group = `layers/${count === 0 ? folder : `${folder}_${count}`}/${variables}`;
      return [layer, variablesOf(file, group, layer)];
    }),
  );
}

/** Datasets `0`, `1`, … of a group. */
function variablesOf(file: Hdf5File, group: string, { name }: LayerConfig): string[] {
  const names = file.names(group);
  if (names === null) throw invalidKeras(`The file has no weights of the layer ${shown(name)}.`, { layer: name });
  return names.map((_, place) => `${group}/${place}`);
}
