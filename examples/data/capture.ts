import { pcapPieces } from "@mlsec/flows";
import { DEFAULT_SEED } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { apportion, checkPositiveInteger } from "./distributions.js";
import { type Part, playEpisodes } from "./episodes.js";
import type { AttackWindow } from "./ground-truth.js";
import { ALL_ATTACKS, ordinaryParts } from "./mixes.js";

/** Bytes that are kept of a frame: all headers. What was said is nobody's, and would be zeros. */
const SNAP_LENGTH = 96;
/** Ordinary connections a second, over the whole network. */
const CONNECTIONS_PER_SECOND = 4;
/** Share of attacks among the connections. */
const ATTACK_SHARE = 0.4;

/** A capture in the making. */
export interface Capture {
  /** Its bytes, a pcap file; to be taken once. */
  readonly pieces: Iterable<Uint8Array>;
  /** What attacks were in what has been taken of it: all of them at its end. */
  readonly attacks: readonly AttackWindow[];
}

/** Options of {@link generateCapture}. */
export interface CaptureOptions {
  /** About how many connections, at some ten packets each; default 10,000. At least 100. */
  readonly connections?: number;
  /** A safe non-negative integer; default 42. */
  readonly seed?: number;
}

/**
 * Generates a capture: packets of a simulated network with ordinary use and all kinds of attacks, as a pcap file of Ethernet frames
 * with right lengths and checksums, of which the first 96 bytes are kept (payloads would be zeros), and with a ground truth beside it. Memory
 * holds the packets of episodes that overlap, whatever the length. Equal options give equal bytes on every runtime.
 *
 * @throws MlsecError `invalid-option`, `too-few-rows`, `invalid-seed`.
 */
export function generateCapture({ connections = 10_000, seed = DEFAULT_SEED }: CaptureOptions = {}): Capture {
  checkPositiveInteger("connections", connections);
  const kinds = [...ALL_ATTACKS];
  const attacks = Math.round(connections * ATTACK_SHARE);
  const counts = apportion(
    attacks,
    kinds.map(([, { share }]) => share),
    1,
  );
  const ordinary = connections - attacks;
  const parts = [
    ...ordinaryParts(ordinary, 0.5),
    ...kinds.map(([label, behaviour], k): Part => ({ label, behaviour, connections: counts[k]! })),
  ];
  return captureOf(parts, ordinary / CONNECTIONS_PER_SECOND, false, Random.seeded(seed));
}

/** A capture of these parts, whose episodes begin within so many seconds. */
export function captureOf(parts: readonly Part[], seconds: number, hasInstants: boolean, random: Random): Capture {
  const attacks: AttackWindow[] = [];
  const packets = playEpisodes(parts, seconds, hasInstants, random, (attack) => attacks.push(attack));
  // Padded, as a mirror port of a switch delivers frames.
  return { pieces: pcapPieces(packets, { pad: true, snapLength: SNAP_LENGTH }), attacks };
}

/** The pieces of a capture as a source that packets are read from. */
export async function* captureSource({ pieces }: Capture): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
