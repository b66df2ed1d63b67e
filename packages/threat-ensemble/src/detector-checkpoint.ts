import { type Labels, type State, StateReader, type TrainingFingerprint } from "@mlsec/preprocess";
import type { CheckpointHandler } from "./ensemble-checkpoint.js";
import type { FoldCheckpoint } from "./fold.js";
import { requireSameTraining, type TrainingIdentity } from "./training/same-training.js";

/** What decides which features are selected: the training rows with their classes, and the options. */
export function detectorIdentity(
  fingerprint: TrainingFingerprint,
  { codes }: Labels,
  options: { readonly [name: string]: string | number | readonly string[] | null | undefined },
): TrainingIdentity {
  const given = Object.entries(options).map(([name, value]) => [name, value ?? null] as const);
  return { rows: fingerprint.sha256, attacks: codes.filter((code) => code === 1).length, ...Object.fromEntries(given) };
}

/** Hands on the folds' checkpoints with what tells whose they are. */
export function detectorHandler(
  handler: CheckpointHandler | undefined,
  training: TrainingIdentity,
): ((folds: readonly State[]) => void | Promise<void>) | undefined {
  return handler && ((folds) => handler({ training, folds }));
}

/** @throws MlsecError `invalid-state` or `checkpoint-mismatch`. */
export function resumedDetector(checkpoint: unknown, training: TrainingIdentity): FoldCheckpoint[] {
  const reader = new StateReader(checkpoint, "checkpoint");
  requireSameTraining(reader, training);
  return reader.objects("folds").map((fold) => {
    const selectedFeatures = fold.strings("selectedFeatures");
    if (selectedFeatures.length === 0) fold.fail("selectedFeatures", "a list of at least one feature");
    return { selectedFeatures, ensemble: fold.raw("ensemble") };
  });
}
