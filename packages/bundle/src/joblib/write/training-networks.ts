import { type FittedEnsemble, Network } from "@mlsec/threat-ensemble/score";
import { JoblibError } from "../joblib-error.js";
import { writableState } from "./backend-model.js";
import type { Writable } from "./values.js";

/** What writes a network as Keras' HDF5, and says what its `get_config()` would: `toKeras` of `@mlsec/bundle/keras`. */
export type WriteNetwork = (
  network: Network,
  options: { readonly format: "h5"; readonly name: string },
) => Promise<{ readonly bytes: Uint8Array; readonly config: ModelConfig }>;

/** Keras' `get_config()` of a Sequential model. */
export interface ModelConfig {
  readonly name: string;
  readonly layers: readonly unknown[];
}

/** The networks of the training layout. */
export interface TrainingNetworks {
  readonly ann: Network;
  readonly lstm: Network;
}

/**
 * The networks of an ensemble that the training layout has fields for: one ANN over all features and one LSTM over the features
 * as steps, whose plain mean is the score.
 *
 * @throws JoblibError `unsupported-pipeline`.
 */
export function trainingNetworks(
  { members, calibration }: FittedEnsemble,
  features: readonly string[],
): TrainingNetworks {
  const names = members.map(({ name }) => name).sort();
  if (names.join() !== "ann,lstm")
    throw unfit(
      `The ensemble has the members ${names.join(", ")}, and the training layout has fields for one ANN and one LSTM`,
    );
  if (calibration !== null) throw unfit("The scores are calibrated, for which the training layout has no field");
  const made = new Map(
    members.map(({ name, weight, columns, model }) => {
      if (weight !== 0.5) throw unfit("The members' votes differ, and the training layout takes the plain mean");
      const network = Network.fromState(model.toState());
      const { steps, width } = network.spec;
      const [expected, wide] = name === "lstm" ? [features.length, 1] : [1, features.length];
      const isAll = columns.length === features.length && columns.every((column, place) => column === place);
      if (!isAll || steps !== expected || width !== wide)
        throw unfit(
          `The ${name} reads ${steps} × ${width} numbers, where the training layout has ${expected} × ${wide}: every feature once, in order`,
        );
      return [name, network] as const;
    }),
  );
  return { ann: made.get("ann")!, lstm: made.get("lstm")! };
}

/** The fields of the layout that hold the networks. @throws JoblibError `needs-keras`. */
export async function networkFields(
  { ann, lstm }: TrainingNetworks,
  write: WriteNetwork | undefined,
): Promise<Record<string, Writable>> {
  if (write === undefined)
    throw new JoblibError(
      "needs-keras",
      "The training layout holds networks of Keras, which the option keras writes: give it toKeras of @mlsec/bundle/keras.",
    );
  const first = await write(ann, { format: "h5", name: "ann" });
  const second = await write(lstm, { format: "h5", name: "lstm" });
  return {
    ann_weights: first.bytes,
    lstm_weights: second.bytes,
    ann_config: writableConfig(first.config),
    lstm_config: writableConfig(second.config),
  };
}

function writableConfig(config: ModelConfig): Writable {
  return writableState(config as unknown as Parameters<typeof writableState>[0]);
}

function unfit(what: string): JoblibError {
  return new JoblibError(
    "unsupported-pipeline",
    `${what}. Use the layout "backend", which takes any ensemble, or train with architecture: "reference" and no folds.`,
  );
}
