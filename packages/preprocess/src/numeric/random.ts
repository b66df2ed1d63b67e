import { MlsecError } from "../errors.js";
import { log } from "./log.js";

const MASK_64 = (1n << 64n) - 1n;
const GOLDEN_GAMMA = 0x9e3779b97f4a7c15n;
const TWO_POW_32 = 4294967296;

/**
 * The project's seeded random numbers: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2021), its 128 bits of state filled by two outputs of SplitMix64 (Steele, Lea and Flood, 2014), low
 * word first. 32-bit integer arithmetic only, so every runtime draws the same numbers.
 */
export class Random {
  /** In an array, as engines box a field's number where it needs more than 31 bits. */
  private readonly state = new Int32Array(4);

  private constructor(private readonly key: bigint) {
    const low = mix64((key + GOLDEN_GAMMA) & MASK_64);
    const high = mix64((key + 2n * GOLDEN_GAMMA) & MASK_64);
    for (const [index, half] of [low, low >> 32n, high, high >> 32n].entries()) {
      this.state[index] = Number(half & 0xffffffffn);
    }
  }

  /**
   * @param seed a safe non-negative integer.
   * @throws MlsecError `invalid-seed`.
   */
  static seeded(seed: number): Random {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new MlsecError("invalid-seed", `A seed must be an integer from 0 to 2^53 - 1, but is ${seed}.`, {
        got: seed,
      });
    }
    return new Random(BigInt(seed));
  }

  /**
   * An independent stream for part `index` of the work (a tree, a member, a fold). It depends on this stream's seed and
   * the index alone, not on how many numbers were drawn, so parts may run in any order and on any thread.
   */
  fork(index: number): Random {
    return new Random(mix64((mix64((this.key + GOLDEN_GAMMA) & MASK_64) + BigInt(index) * GOLDEN_GAMMA) & MASK_64));
  }

  /** The next 32 bits, as an integer from 0 to 2^32 − 1. */
  uint32(): number {
    const { state } = this;
    const s1 = state[1]!;
    const s2 = state[2]! ^ state[0]!;
    const s3 = state[3]! ^ s1;
    state[0]! ^= s3;
    state[1] = s1 ^ s2;
    state[2] = s2 ^ (s1 << 9);
    state[3] = rotateLeft(s3, 11);
    return Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
  }

  /** A number from 0 (included) to 1 (excluded) in steps of 2^−53. */
  float(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /**
   * An integer from 0 to `bound` − 1, each equally likely (draws that would favour some are rejected).
   *
   * @param bound an integer from 1 to 2^32.
   * @throws MlsecError `invalid-bound`.
   */
  below(bound: number): number {
    if (!(bound >= 1 && bound <= TWO_POW_32 && Number.isInteger(bound))) {
      throw new MlsecError("invalid-bound", `A bound must be an integer from 1 to 2^32, but is ${bound}.`, {
        got: bound,
      });
    }
    if (bound === TWO_POW_32) return this.uint32();
    for (;;) {
      const draw = this.uint32();
      // As 32-bit integers on both sides of the remainder: engines take it of doubles otherwise, five times as long.
      const rest = (draw % (bound >>> 0)) >>> 0;
      // The last few draws, fewer than `bound`, would favour some.
      if (draw - rest + bound <= TWO_POW_32) return rest;
    }
  }

  /** A standard normal number, by Marsaglia's polar method. */
  normal(): number {
    for (;;) {
      const u = 2 * this.float() - 1;
      const v = 2 * this.float() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * log(s)) / s);
    }
  }

  /** An exponential number with mean 1. */
  exponential(): number {
    return -log(1 - this.float());
  }

  /** Puts the items in a uniformly random order, in place (Fisher–Yates), and returns them. */
  shuffle<T extends Int32Array | unknown[]>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
    return items;
  }
}

/** The output function of SplitMix64. */
function mix64(z: bigint): bigint {
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
  return z ^ (z >> 31n);
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
