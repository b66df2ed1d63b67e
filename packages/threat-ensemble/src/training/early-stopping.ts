import { Breather, MlsecError, type State, throwIfAborted } from "@mlsec/preprocess";
import type { EpochReport, NetworkData, NetworkEngine, TrainingOptions } from "../engine.js";
import type { NetworkSpec } from "../network/spec.js";
import { trainingIdentity } from "./checkpoint.js";
import { Course, courseFromState, type EarlyStopped, type EpochRecord, type Monitor } from "./course.js";
import { digestOf } from "./data-digest.js";
import { diverged } from "./divergence.js";
import { requireCount } from "./options.js";
import type { TrainingIdentity } from "./same-training.js";
import { Validation } from "./validation.js";

export interface EarlyStoppingOptions extends Omit<TrainingOptions, "onEpoch" | "resume"> {
  readonly validation: NetworkData;
  /** Epochs without a better one after which training ends. */
  readonly patience: number;
  /** What tells a better epoch; default "loss". */
  readonly monitor?: Monitor | undefined;
  /** Called after each epoch with all epochs so far, the last at the end. */
  readonly onEpoch?: ((history: readonly EpochRecord[]) => void) | undefined;
  /** Epochs from one checkpoint to the next; default 1. The last epoch has one in any case. */
  readonly checkpointEvery?: number | undefined;
  /** Called and awaited with the state of the training, for `resume`. */
  readonly onCheckpoint?: ((checkpoint: State) => void | Promise<void>) | undefined;
  /** A checkpoint of the same training on the same data, from anywhere: it is checked. */
  readonly resume?: unknown;
}

/**
 * Trains and keeps the weights of the best epoch on the validation rows, the first of equals: the engine itself, where it
 * can, else on top of its `train`.
 *
 * @throws MlsecError `diverged`, `aborted`, `invalid-option`, `invalid-state`, `checkpoint-mismatch`, and what the engine
 *   throws.
 */
export async function trainWithEarlyStopping(
  engine: NetworkEngine,
  spec: NetworkSpec,
  data: NetworkData,
  options: EarlyStoppingOptions,
): Promise<EarlyStopped> {
  if (engine.trainWithEarlyStopping !== undefined) return engine.trainWithEarlyStopping(spec, data, options);
  const {
    validation,
    patience,
    monitor = "loss",
    onEpoch,
    checkpointEvery = 1,
    onCheckpoint,
    resume,
    ...training
  } = options;
  const { epochs, signal } = options;
  requireCount("epochs", epochs, 1);
  requireCount("patience", patience, 0);
  requireCount("checkpointEvery", checkpointEvery, 1);
  // Making the inputs held the thread, and so do the digests of them and the start of a training: each apart.
  const breather = new Breather(signal);
  await breather.pause();
  const identity = onCheckpoint === undefined && resume === undefined ? {} : identityOf(engine, spec, data, options);
  await breather.pause();
  if (monitor !== "loss" && monitor !== "auc")
    throw new MlsecError("invalid-option", `monitor must be "loss" or "auc", not ${JSON.stringify(monitor)}.`);
  const measured = new Validation(spec, validation);
  const { course, engine: from } =
    resume === undefined
      ? { course: new Course(monitor), engine: undefined }
      : courseFromState(resume, identity, spec, { epochs, patience }, monitor);
  if (course.isOver({ epochs, patience })) return course.result();
  await engine.train(spec, data, {
    ...training,
    resume: from,
    onEpoch: async (epoch, network, report) => {
      if (epoch !== course.epochs + 1)
        throw new MlsecError("invalid-state", `checkpoint.engine must be after epoch ${course.epochs}.`);
      const validationLoss = await measured.loss(network, signal);
      if (validationLoss - validationLoss !== 0)
        throw diverged(validationLoss, epoch, `became ${validationLoss} on the validation rows`);
      const auc = monitor === "auc" ? { validationAuc: measured.auc() } : {};
      course.add({ epoch, loss: report?.loss ?? null, validationLoss, ...auc }, network);
      onEpoch?.(course.history);
      const over = course.isOver({ epochs, patience });
      if (onCheckpoint !== undefined && (over || epoch % checkpointEvery === 0))
        await onCheckpoint(course.toState(identity, over ? null : engineState(engine, report)));
      return over;
    },
  });
  throwIfAborted(signal);
  return course.result();
}

function identityOf(
  engine: NetworkEngine,
  spec: NetworkSpec,
  data: NetworkData,
  options: EarlyStoppingOptions,
): TrainingIdentity {
  const { epochs, patience, monitor = "loss", validation } = options;
  return {
    engine: engine.name,
    ...trainingIdentity(spec, data, options),
    validation: digestOf(validation.inputs, validation.targets),
    epochs,
    patience,
    monitor,
  };
}

function engineState({ name }: NetworkEngine, report: EpochReport | undefined): State {
  if (report?.checkpoint !== undefined) return report.checkpoint();
  throw new MlsecError(
    "invalid-option",
    `The engine ${name} cannot resume a training, so it makes no checkpoints; networkEngine() does.`,
  );
}
