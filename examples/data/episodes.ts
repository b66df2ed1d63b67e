import type { PacketSpec } from "@mlsec/flows";
import type { Random } from "@mlsec/preprocess/numeric";
import { SECOND } from "./dialogue.js";
import type { AttackWindow } from "./ground-truth.js";
import { type Behaviour, Scene } from "./scene.js";

/** How many connections of a behaviour a capture is to have, under which label. */
export interface Part {
  readonly label: string;
  readonly behaviour: Behaviour;
  readonly connections: number;
}

/** When generated captures begin: 2026-01-05 08:00 UTC, a Monday, in microseconds. */
const BEGIN = 1_767_600_000_000_000;

/** An episode that is still to be played. */
interface Episode {
  readonly part: Part;
  readonly connections: number;
  readonly start: number;
}

/**
 * Plays episodes of all parts at random times within a span; gives their packets in the order of time. Episodes are played when their time comes, so that
 * no more packets are in memory than those of episodes that overlap.
 *
 * @param seconds the span in which episodes begin.
 * @param onAttack told of every attack when it has been played.
 */
export function* playEpisodes(
  parts: readonly Part[],
  seconds: number,
  hasInstants: boolean,
  random: Random,
  onAttack: (attack: AttackWindow) => void,
): Generator<PacketSpec> {
  const heap = new Playing();
  for (const [number, { part, connections, start }] of episodesOf(parts, seconds, random).entries()) {
    yield* heap.before(start);
    const scene = new Scene(random.fork(number + 1), part.label, number, start, hasInstants);
    part.behaviour.play(scene, connections);
    const attack = scene.attack();
    if (attack !== undefined) onAttack(attack);
    heap.add(scene.packets.sort((a, b) => a.time - b.time));
  }
  yield* heap.before(Number.POSITIVE_INFINITY);
}

/** Episodes in the order of their begin. */
function episodesOf(parts: readonly Part[], seconds: number, random: Random): Episode[] {
  const times = random.fork(0);
  const episodes = parts.flatMap((part) => {
    const count = Math.ceil(part.connections / part.behaviour.connections);
    return Array.from({ length: count }, (_, i): Episode => {
      const connections = Math.floor(((i + 1) * part.connections) / count) - Math.floor((i * part.connections) / count);
      return { part, connections, start: BEGIN + Math.floor(seconds * SECOND * times.float()) };
    });
  });
  return episodes.sort((a, b) => a.start - b.start);
}

/** The packets of one episode, and which comes next. */
interface Track {
  readonly packets: readonly PacketSpec[];
  /** Number of the episode, which decides between packets of one time. */
  readonly number: number;
  next: number;
}

/** Episodes that are being played, merged by time: a binary heap by their next packets. */
class Playing {
  private readonly heap: Track[] = [];
  private added = 0;

  add(packets: readonly PacketSpec[]): void {
    if (packets.length === 0) return;
    const { heap } = this;
    const track: Track = { packets, number: this.added++, next: 0 };
    let at = heap.length;
    heap.push(track);
    while (at > 0 && comesBefore(track, heap[(at - 1) >> 1]!)) {
      heap[at] = heap[(at - 1) >> 1]!;
      at = (at - 1) >> 1;
    }
    heap[at] = track;
  }

  /** Takes out the packets that were sent before a time. */
  *before(time: number): Generator<PacketSpec> {
    const { heap } = this;
    for (;;) {
      const first = heap[0];
      const packet = first?.packets[first.next];
      if (first === undefined || packet === undefined || packet.time >= time) return;
      yield packet;
      first.next++;
      this.settle(first.next < first.packets.length ? first : heap.pop()!);
    }
  }

  /** Puts a track in the place of the first one, and then where it belongs. */
  private settle(track: Track): void {
    const { heap } = this;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!comesBefore(heap[child]!, track)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = track;
  }
}

function comesBefore(a: Track, b: Track): boolean {
  const difference = a.packets[a.next]!.time - b.packets[b.next]!.time;
  return difference === 0 ? a.number < b.number : difference < 0;
}
