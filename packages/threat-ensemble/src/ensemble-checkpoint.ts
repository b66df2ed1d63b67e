import { type State, StateReader } from "@mlsec/preprocess";
import { NETWORKS, type NetworkName } from "./members/member.js";
import { requireSameTraining, type TrainingIdentity } from "./training/same-training.js";

/** What is called with every checkpoint, and awaited. */
export type CheckpointHandler = (checkpoint: State) => void | Promise<void>;

/** The state of an ensemble's training: that of each network which has one. */
export class EnsembleCheckpoint {
  private readonly members = new Map<NetworkName, unknown>();
  /** The call of the handler that is under way: members that train at once take turns. */
  private turn: Promise<void> = Promise.resolve();

  /** @param training what decides the members' inputs; each member checks its own data and options. */
  constructor(
    private readonly training: TrainingIdentity,
    private readonly handler: CheckpointHandler | undefined,
  ) {}

  /** Takes over a checkpoint. @throws MlsecError `invalid-state` or `checkpoint-mismatch`. */
  resume(state: unknown): void {
    const reader = new StateReader(state, "checkpoint");
    requireSameTraining(reader, this.training);
    const members = reader.object("members");
    for (const name of NETWORKS) if (members.has(name)) this.members.set(name, members.raw(name));
    if (this.members.size === 0) reader.fail("members", "an object with a member");
  }

  /** The state of a member, to resume from. */
  member(name: NetworkName): unknown {
    return this.members.get(name);
  }

  /** What a member's training calls with its checkpoints; nothing where nobody wants them. */
  handlerOf(name: NetworkName): CheckpointHandler | undefined {
    const { handler } = this;
    if (handler === undefined) return undefined;
    return (state) => {
      this.members.set(name, state);
      this.turn = this.turn.then(() => handler(this.toState()));
      return this.turn;
    };
  }

  private toState(): State {
    return { training: this.training, members: Object.fromEntries(this.members) as Record<string, State> };
  }
}
