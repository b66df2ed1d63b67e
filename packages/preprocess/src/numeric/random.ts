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
  private s0: number;
  private s1: number;
  private s2: number;
  private s3: number;

  private constructor(private readonly key: bigint) {
    const low = mix64((key + GOLDEN_GAMMA) & MASK_64);
    const high = mix64((key + 2n * GOLDEN_GAMMA) & MASK_64);
    this.s0 = Number(low & 0xffffffffn) | 0;
    this.s1 = Number(low >> 32n) | 0;
    this.s2 = Number(high & 0xffffffffn) | 0;
    this.s3 = Number(high >> 32n) | 0;
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
    const scrambled = Math.imul(rotateLeft(Math.imul(this.s1, 5), 7), 9) >>> 0;
    const t = this.s1 << 9;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= t;
    this.s3 = rotateLeft(this.s3, 11);
    return scrambled;
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
    const fair = TWO_POW_32 - (TWO_POW_32 % bound);
    let draw = this.uint32();
    while (draw >= fair) draw = this.uint32();
    return draw % bound;
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
