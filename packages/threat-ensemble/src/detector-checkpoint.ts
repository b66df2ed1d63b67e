import { type Labels, type State, StateReader, type TrainingFingerprint } from "@mlsec/preprocess";
import type { CheckpointHandler } from "./ensemble-checkpoint.js";
import { requireSameTraining, type TrainingIdentity } from "./training/same-training.js";

/** What of a pipeline's training a checkpoint brings back. */
export interface ResumedDetector {
  readonly selectedFeatures: readonly string[];
  /** The networks' checkpoint, which their training checks. */
  readonly ensemble: unknown;
}

/** What decides which features are selected: the training rows with their classes, and the options. */
export function detectorIdentity(
  fingerprint: TrainingFingerprint,
  { codes }: Labels,
  options: { readonly [name: string]: string | number | readonly string[] | undefined },
): TrainingIdentity {
  const given = Object.entries(options).map(([name, value]) => [name, value ?? null] as const);
  return { rows: fingerprint.sha256, attacks: codes.filter((code) => code === 1).length, ...Object.fromEntries(given) };
}

/** Hands on the networks' checkpoints with what was done before them. */
export function detectorHandler(
  handler: CheckpointHandler | undefined,
  training: TrainingIdentity,
  selectedFeatures: readonly string[],
): CheckpointHandler | undefined {
  return handler && ((ensemble: State) => handler({ training, selectedFeatures, ensemble }));
}

/** @throws MlsecError `invalid-state` or `checkpoint-mismatch`. */
export function resumedDetector(checkpoint: unknown, training: TrainingIdentity): ResumedDetector {
  const reader = new StateReader(checkpoint, "checkpoint");
  requireSameTraining(reader, training);
  const selectedFeatures = reader.strings("selectedFeatures");
  if (selectedFeatures.length === 0) reader.fail("selectedFeatures", "a list of at least one feature");
  return { selectedFeatures, ensemble: reader.raw("ensemble") };
}
