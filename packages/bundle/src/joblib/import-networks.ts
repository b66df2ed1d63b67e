import type { State } from "@mlsec/preprocess";
import { type LayerWeights, Network } from "@mlsec/threat-ensemble/score";
import { invalidModel } from "./attributes.js";
import type { ThreatClasses } from "./class-names.js";
import type { ImportedNetwork } from "./find-parts.js";
import type { ImportNote, ImportNotes } from "./import-notes.js";
import { MAX_CONFIG_DEPTH, MAX_CONFIG_VALUES, MAX_NETWORKS } from "./limits.js";
import { PythonTuple, type PythonValue } from "./python-value.js";

/** What reads a network of Keras from its bytes: `readKeras` or `readKerasInWorker` of `@mlsec/bundle/keras`. */
export type ReadNetwork = (
  bytes: Uint8Array,
  options: {
    /** The network's configuration beside its bytes, where the file has one; for weights alone. */
    readonly config?: unknown;
  },
) => Promise<{
  readonly network: Network;
  readonly kerasVersion: string | null;
  readonly notes: readonly ImportNote[];
}>;

/** Networks that were read, by their paths in the file. */
export interface ReadNetworks {
  readonly networks: ReadonlyMap<string, Network>;
  readonly kerasVersion: string | null;
}

/** The networks of a file, each with the configuration beside it (`ann_config` of `ann_weights`). */
export async function readNetworks(
  found: readonly ImportedNetwork[],
  root: PythonValue,
  read: ReadNetwork,
  notes: ImportNotes,
): Promise<ReadNetworks> {
  const networks = new Map<string, Network>();
  let version: string | null = null;
  if (found.length > MAX_NETWORKS)
    notes.add("warning", "not-read", found[MAX_NETWORKS]!.path, `Only the first ${MAX_NETWORKS} networks were read.`);
  for (const { path, bytes } of found.slice(0, MAX_NETWORKS)) {
    const beside = root instanceof Map ? root.get(path.replace(/_weights$/, "_config")) : undefined;
    const config = beside === undefined ? undefined : notes.attempt(path, () => plainConfig(beside, path));
    try {
      const { network, kerasVersion, notes: told } = await read(bytes, { config: config ?? undefined });
      networks.set(path, network);
      version ??= kerasVersion;
      for (const { severity, what, path: layer, message } of told)
        notes.add(severity, what, layer === "" ? path : `${path}.${layer}`, message);
    } catch (error) {
      notes.refused(error, path);
    }
  }
  return { networks, kerasVersion: version };
}

/** A configuration as JSON has it: dicts, lists, texts, numbers. */
function plainConfig(value: PythonValue, path: string): unknown {
  let values = 0;
  const plain = (part: PythonValue, depth: number): unknown => {
    // It may hold itself, or a part many times.
    if (depth > MAX_CONFIG_DEPTH || ++values > MAX_CONFIG_VALUES)
      throw invalidModel(path, "has too large a configuration");
    if (part === null || typeof part === "boolean" || typeof part === "number" || typeof part === "string") return part;
    if (typeof part === "bigint") return Number(part);
    if (Array.isArray(part) || part instanceof PythonTuple)
      return (Array.isArray(part) ? part : part.items).map((item) => plain(item, depth + 1));
    if (!(part instanceof Map))
      throw invalidModel(path, "has a configuration of other values than dicts, lists, texts and numbers");
    return Object.fromEntries([...part].map(([key, item]) => [String(key), plain(item, depth + 1)]));
  };
  return plain(value, 0);
}

/** A member of an ensemble, as a state. */
export type MemberState = Readonly<Record<string, State>>;

/**
 * The networks of the training layout as members that vote equally. A network over steps reads a feature a step; one of one
 * step reads all of them, an LSTM among these too.
 *
 * @throws MlsecError `invalid-model` where a network is not one for so many features.
 */
export function networkMembers(
  networks: ReadonlyMap<string, Network>,
  features: readonly string[],
  { order }: ThreatClasses,
): MemberState[] {
  return [...networks].map(([path, network]) => {
    const { steps, width } = network.spec;
    const isSequence = steps === features.length && width === 1;
    if (!isSequence && (steps !== 1 || width !== features.length))
      throw invalidModel(path, `is a network over ${steps} × ${width} numbers, for ${features.length} features`);
    return {
      name: isSequence && (steps > 1 || path === "lstm_weights") ? "lstm" : "ann",
      fold: null,
      weight: 1 / networks.size,
      columns: Int32Array.from(features.keys()),
      // A network's score is the probability of code 1, an ensemble's that of the attack.
      network: (order[1] === 1 ? network : negated(network)).toState(),
    };
  });
}

/** The network that gives the other class the probability. */
function negated({ spec, weights }: Network): Network {
  const last = weights.at(-1)!;
  const opposite = Object.fromEntries(
    Object.entries(last).map(([name, values]) => [name, values.map((value) => -value)]),
  );
  return new Network(spec, [...weights.slice(0, -1), opposite as LayerWeights]);
}
