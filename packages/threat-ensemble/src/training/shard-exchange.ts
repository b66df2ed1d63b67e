import { MlsecError } from "@mlsec/preprocess";
import { Layout } from "../compute/layout.js";
import { layerShapes, type NetworkSpec } from "../network/spec.js";
import { Parameters } from "./parameters.js";
import { shardsOf } from "./trainer.js";

/** Shards that a batch is cut into where two threads can share a training: one each. */
const SHARDS = 2;
/** The word after the shards' own. */
const CLOSED = SHARDS;
/** A thread that sleeps looks up so often, since a browser ends one that does not wake only after seconds. */
const LONGEST_SLEEP_MS = 50;
/** Step n writes where step n + 2 will, so that neither thread waits for the other to have read. */
const TURNS = 2;

/** Words before the losses, whole losses long. */
const WORDS = 4;
const LOSSES_AT = WORDS * Int32Array.BYTES_PER_ELEMENT;
const GRADIENTS_AT = LOSSES_AT + TURNS * SHARDS * Float64Array.BYTES_PER_ELEMENT;

/** What a thread is told of its place in a training that two share: which shard is its own, and the memory between them. */
export interface Seat {
  readonly shard: 0 | 1;
  readonly memory: SharedArrayBuffer;
}

/** The seats of two threads, or null where a training of that network cannot be shared. */
export function seatsFor(spec: NetworkSpec): [Seat, Seat] | null {
  if (shardsOf(spec) !== SHARDS) return null;
  const memory = new SharedArrayBuffer(bytesFor(numbersOf(spec)));
  return [
    { shard: 0, memory },
    { shard: 1, memory },
  ];
}

/** Has a thread that waits for the other's gradients give up: they will not come. */
export function closeSeat({ memory }: Seat): void {
  Atomics.store(new Int32Array(memory, 0, WORDS), CLOSED, 1);
}

/**
 * Hands the gradients of two shards across two threads, step by step. Each thread has the whole network and makes every
 * step of the optimizer itself, from both shards' gradients added in order: both hold the same bits at any time, which are
 * those of one thread.
 *
 * The memory: for each shard the number of steps that it has written; whether the seats were closed; then the losses and the
 * gradients of both, two of each.
 */
export class ShardExchange {
  readonly shard: 0 | 1;
  private readonly written: Int32Array;
  private readonly losses: Float64Array;
  private readonly gradients: Float32Array;
  private readonly length: number;
  private steps = 0;

  constructor({ shard, memory }: Seat, spec: NetworkSpec) {
    this.shard = shard;
    this.length = numbersOf(spec);
    this.written = new Int32Array(memory, 0, WORDS);
    this.losses = new Float64Array(memory, LOSSES_AT, TURNS * SHARDS);
    this.gradients = new Float32Array(memory, GRADIENTS_AT, TURNS * SHARDS * this.length);
  }

  /**
   * Gives this thread's loss and gradients, and takes the other's into `into` as soon as they are there: until then this
   * thread sleeps. Returns the other's loss.
   *
   * @throws MlsecError `aborted` where the seats were closed.
   */
  swap(loss: number, own: Float32Array, into: Float32Array): number {
    const turn = (this.steps & 1) * SHARDS;
    const [here, there] = [turn + this.shard, turn + (1 - this.shard)];
    this.losses[here] = loss;
    this.gradients.set(own, here * this.length);
    this.steps++;
    Atomics.store(this.written, this.shard, this.steps);
    Atomics.notify(this.written, this.shard);
    const other = 1 - this.shard;
    for (let done = Atomics.load(this.written, other); done < this.steps; done = Atomics.load(this.written, other)) {
      if (Atomics.load(this.written, CLOSED) === 1)
        throw new MlsecError("aborted", "The training that this thread shares has ended.");
      Atomics.wait(this.written, other, done, LONGEST_SLEEP_MS);
    }
    into.set(this.gradients.subarray(there * this.length, (there + 1) * this.length));
    return this.losses[there]!;
  }
}

function bytesFor(numbers: number): number {
  return GRADIENTS_AT + TURNS * SHARDS * numbers * Float32Array.BYTES_PER_ELEMENT;
}

/** How many gradients a shard has, padding included. */
function numbersOf(spec: NetworkSpec): number {
  return new Parameters(layerShapes(spec), new Layout()).length;
}
