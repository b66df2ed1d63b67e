import { type FitOptions, Preprocessor, type State } from "@mlsec/preprocess";
import type { Connections } from "./connections.js";
import type { NetworkEngine } from "./engine.js";
import type { FittedEnsemble } from "./fitted-ensemble.js";
import { forestSteps, type InputOptions, networkSteps } from "./member-inputs.js";
import type { MemberName } from "./members/member.js";
import { type SelectionOptions, selectFeatures } from "./select-features.js";
import {
  type MemberOptions,
  requireMembers,
  ThreatEnsemble,
  type ThreatEnsembleOptions,
  type TrainingWatch,
} from "./threat-ensemble.js";
import { typicalNormal } from "./typical-normal.js";

/** What of a fold's training a checkpoint brings back. */
export interface FoldCheckpoint {
  readonly selectedFeatures: readonly string[];
  /** The networks' checkpoint, which their training checks. */
  readonly ensemble: unknown;
}

export type FoldStage = "select features" | "preprocess" | "train networks" | "grow forest";

export interface FoldOptions extends FitOptions, SelectionOptions, InputOptions, Omit<MemberOptions, "architecture"> {
  readonly engine: NetworkEngine;
  readonly seed: number;
  /** Number from 1; null where there are no folds. */
  readonly fold: number | null;
  readonly onEpoch: TrainingWatch["onEpoch"];
  readonly checkpointEvery: TrainingWatch["checkpointEvery"];
  readonly onCheckpoint:
    | ((fold: { selectedFeatures: readonly string[]; ensemble: State }) => void | Promise<void>)
    | undefined;
  readonly resume: FoldCheckpoint | undefined;
  /** Told what is being done. */
  readonly onStage: (stage: FoldStage) => void;
}

/** A preprocessor with the members that read what it makes. */
export interface Part {
  readonly preprocessor: Preprocessor;
  readonly model: FittedEnsemble;
}

/** What was learnt from a fold's training rows: by the networks, by the forest, each with inputs of its own. */
export interface FittedFold {
  readonly selectedFeatures: readonly string[];
  /** By name: "networks", "forest", with "fold 1 " before it where there are folds. */
  readonly parts: ReadonlyMap<string, Part>;
  /** The number of a typical normal row among the training rows. */
  readonly typicalRow: number;
}

/**
 * Selects features, makes inputs and trains members on a fold's training rows; the networks stop by other rows of the fold.
 */
export async function fitFold(train: Connections, stop: Connections, options: FoldOptions): Promise<FittedFold> {
  const { fold, onCheckpoint, resume, ...shared } = options;
  options.onStage("select features");
  const selectedFeatures = await selectFeatures(train, options, resume?.selectedFeatures);
  const kinds = requireMembers(options.members ?? ["ann", "lstm"]);
  options.onStage("preprocess");
  const scaled = Preprocessor.fit(train.features, networkSteps(selectedFeatures, train.features, options));
  const typicalRow = typicalNormal(scaled.transform(train.features), train.labels);
  const networks = kinds.filter((name) => name !== "forest");
  const parts = new Map<string, Part>();
  const fit = async (name: string, preprocessor: Preprocessor, own: Partial<ThreatEnsembleOptions>): Promise<void> => {
    const model = await ThreatEnsemble.fit(preprocessor.transform(train.features), train.labels, {
      ...shared,
      fold,
      ...own,
      validation: { matrix: preprocessor.transform(stop.features), labels: stop.labels },
      sources: preprocessor.sources,
    });
    parts.set(fold === null ? name : `fold ${fold} ${name}`, { preprocessor, model });
  };
  if (networks.length > 0) {
    options.onStage("train networks");
    await fit("networks", scaled, {
      members: networks,
      onCheckpoint: onCheckpoint && ((ensemble) => onCheckpoint({ selectedFeatures, ensemble })),
      resume: resume?.ensemble,
    });
  }
  if (kinds.includes("forest")) {
    options.onStage("grow forest");
    await fit("forest", Preprocessor.fit(train.features, forestSteps(selectedFeatures)), {
      members: ["forest"],
      forest: { threads: options.threads, ...options.forest },
      // Numbers as they are have no common scale.
      familiarity: false,
    });
  }
  return { selectedFeatures, parts, typicalRow };
}

/** The scores of each kind of member on a table's rows, before any calibration. */
export function scoresOf(parts: Iterable<Part>, { features }: Connections): Map<MemberName, Float64Array> {
  return new Map(
    [...parts].flatMap(({ preprocessor, model }) => [...model.memberProba(preprocessor.transform(features))]),
  );
}
