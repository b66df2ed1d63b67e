import { MlsecError } from "@mlsec/preprocess";
import type { NetworkData, TrainingOptions } from "../engine.js";
import type { NetworkSpec } from "../network/spec.js";
import { DEFAULT_OPTIMIZER, DEFAULT_SCHEDULE, requireOptimizer } from "./optimizer.js";

/**
 * Checks what a training is given, whichever engine does it.
 *
 * @throws MlsecError `invalid-option`, `length-mismatch`, `no-rows`, `not-finite` or `single-class`.
 */
export function requireTrainable(spec: NetworkSpec, data: NetworkData, options: TrainingOptions): void {
  requireCount("epochs", options.epochs, 0);
  requireCount("batchSize", options.batchSize, 1);
  const { learningRate, optimizer = DEFAULT_OPTIMIZER, schedule = DEFAULT_SCHEDULE } = options;
  requireOptimizer(learningRate, optimizer, schedule);
  if (options.classWeights?.some((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))) {
    throw new MlsecError("invalid-option", `classWeights must be two finite weights, not ${options.classWeights}.`);
  }
  const rowLength = spec.steps * spec.width;
  const { inputs, targets } = data;
  if (targets.length === 0) throw new MlsecError("no-rows", "There are no rows to train on.");
  if (inputs.length !== targets.length * rowLength) {
    throw new MlsecError(
      "length-mismatch",
      `${targets.length} rows of ${rowLength} numbers are ${targets.length * rowLength} inputs, but there are ${inputs.length}.`,
      { expected: targets.length * rowLength, got: inputs.length },
    );
  }
  requireFinite(inputs, rowLength);
  requireBothTargets(targets);
}

/** @throws MlsecError `invalid-option`. */
export function requireCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new MlsecError("invalid-option", `${name} must be an integer of at least ${least}, not ${value}.`, {
    got: value,
  });
}

function requireFinite(inputs: Float32Array, rowLength: number): void {
  const at = inputs.findIndex((value) => value - value !== 0);
  if (at === -1) return;
  const row = Math.floor(at / rowLength);
  throw new MlsecError(
    "not-finite",
    `Input ${at % rowLength} of row ${row} is ${inputs[at]}: a network cannot train on it. Drop or impute such rows.`,
    { row, got: inputs[at] },
  );
}

function requireBothTargets(targets: Float32Array): void {
  const strange = targets.findIndex((target) => target !== 0 && target !== 1);
  if (strange !== -1) {
    throw new MlsecError("invalid-option", `Target ${strange} must be 0 or 1, not ${targets[strange]}.`, {
      row: strange,
    });
  }
  if (targets.includes(0) && targets.includes(1)) return;
  throw new MlsecError(
    "single-class",
    `All ${targets.length} targets are ${targets[0]}: there is nothing to tell apart. Training needs rows of both classes.`,
    { target: targets[0] },
  );
}
