import { MlsecError, type State, StateReader } from "@mlsec/preprocess";
import { Network } from "../network/network.js";
import { type NetworkSpec, specToState } from "../network/spec.js";
import { requireSameTraining, type TrainingIdentity } from "./same-training.js";

/** What an epoch came to. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss over the training rows, each as its batch met it; null where the engine does not tell. */
  readonly loss: number | null;
  /** Mean cross-entropy on the validation rows after the epoch. */
  readonly validationLoss: number;
  /** Area under the ROC curve on the validation rows, where the training stops by it. */
  readonly validationAuc?: number | undefined;
}

/** What tells a better epoch: less cross-entropy on the validation rows, or a greater area under their ROC curve. */
export type Monitor = "loss" | "auc";

/** What early stopping kept. */
export interface EarlyStopped {
  readonly network: Network;
  /** The epoch that the network is of, from 1. */
  readonly bestEpoch: number;
  readonly validationLoss: number;
  readonly history: readonly EpochRecord[];
}

/** When a training with early stopping ends. */
export interface Ending {
  /** Most epochs. */
  readonly epochs: number;
  /** Epochs without a better one. */
  readonly patience: number;
}

/** A training with early stopping, as far as it has come: every epoch's losses, and the network of the best. */
export class Course {
  private readonly records: EpochRecord[] = [];
  private best: EpochRecord | null = null;
  private network: Network | null = null;

  constructor(private readonly monitor: Monitor) {}

  get history(): readonly EpochRecord[] {
    return [...this.records];
  }

  get epochs(): number {
    return this.records.length;
  }

  add(record: EpochRecord, network: Network): void {
    this.records.push(record);
    if (this.best !== null && !(this.merit(record) > this.merit(this.best))) return;
    this.best = record;
    this.network = network;
  }

  private merit({ validationLoss, validationAuc }: EpochRecord): number {
    return this.monitor === "loss" ? -validationLoss : validationAuc!;
  }

  isOver({ epochs, patience }: Ending): boolean {
    return this.best !== null && (this.epochs >= epochs || this.epochs - this.best.epoch >= patience);
  }

  /** @throws MlsecError `diverged` where no epoch was added. */
  result(): EarlyStopped {
    if (this.best === null || this.network === null)
      throw new MlsecError("diverged", "The training ended before its first epoch did.");
    const { epoch, validationLoss } = this.best;
    return { network: this.network, bestEpoch: epoch, validationLoss, history: this.history };
  }

  /** @param engine the engine's checkpoint; null in a training that is over. */
  toState(training: TrainingIdentity, engine: State): State {
    return {
      training,
      history: this.records.map(({ validationAuc, ...record }) =>
        validationAuc === undefined ? record : { ...record, validationAuc },
      ),
      best: this.network === null ? null : this.network.toState(),
      engine,
    };
  }
}

/**
 * A course and the engine's checkpoint from a state.
 *
 * @throws MlsecError `invalid-state`, `invalid-network`, or `checkpoint-mismatch` where it is of another training.
 */
export function courseFromState(
  state: unknown,
  training: TrainingIdentity,
  spec: NetworkSpec,
  ending: Ending,
  monitor: Monitor,
): { course: Course; engine: State | undefined } {
  const reader = new StateReader(state, "checkpoint");
  requireSameTraining(reader, training);
  const network = Network.fromState(reader.raw("best"));
  if (JSON.stringify(specToState(network.spec)) !== JSON.stringify(specToState(spec)))
    reader.fail("best", "a network with the layers of the training");
  const records = reader.objects("history");
  if (records.length === 0) reader.fail("history", "a list of at least one epoch");
  const course = new Course(monitor);
  for (const [index, record] of records.entries()) {
    const epoch = index + 1;
    if (record.integer("epoch") !== epoch) record.fail("epoch", `${epoch}: every epoch in order`);
    if (course.isOver(ending)) reader.fail("history", `a list that ends with the training, after epoch ${index}`);
    const loss = record.has("loss") ? record.number("loss", { min: 0 }) : null;
    const validationLoss = record.number("validationLoss", { min: 0 });
    const auc = monitor === "auc" ? { validationAuc: record.number("validationAuc", { min: 0, max: 1 }) } : {};
    course.add({ epoch, loss, validationLoss, ...auc }, network);
  }
  if (course.isOver(ending)) return { course, engine: undefined };
  if (!reader.has("engine")) reader.fail("engine", "the state of the engine");
  return { course, engine: reader.raw("engine") as State };
}
