import { type Json, MlsecError, type StateReader } from "@mlsec/preprocess";

/** What a training is, by name: its data's digest and every option that decides its result. */
export type TrainingIdentity = { readonly [name: string]: Json };

/** Longest value that an error shows whole. */
const SHOWN = 60;

/**
 * Requires that a checkpoint's `training` is this one.
 *
 * @throws MlsecError `invalid-state`, or `checkpoint-mismatch`, which names what differs.
 */
export function requireSameTraining(checkpoint: StateReader, here: TrainingIdentity): void {
  const there = checkpoint.object("training");
  const differing = Object.keys(here).filter((name) => JSON.stringify(there.raw(name)) !== JSON.stringify(here[name]));
  if (differing.length === 0) return;
  const lines = differing.map((name) => `${name} is ${shown(there.raw(name))} there and ${shown(here[name])} here`);
  throw new MlsecError(
    "checkpoint-mismatch",
    `The checkpoint is of another training: ${lines.join("; ")}. Resume with the same data and options, or train anew.`,
    { differing },
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
