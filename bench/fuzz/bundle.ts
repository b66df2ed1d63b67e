import type { Random } from "@mlsec/preprocess/numeric";
import { outcomeOf } from "./bundle/check.ts";
import { mutateParts } from "./bundle/mutations.ts";
import { partsOf, regionOf, sealed, sealedParts } from "./bundle/sealed.ts";
import { type Seed, seedBundles } from "./bundle/seeds.ts";
import { pick, shownBytes } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** A hostile file, and what was done to it. */
interface Case {
  readonly seed: Seed;
  readonly bytes: Uint8Array;
  readonly what: string;
}

/** Values that a byte gets: each of its bits changed, and what means something in a header or at the ends of numbers. */
const FLIPS = [1, 2, 4, 8, 16, 32, 64, 128];
const EXTREMES = [0x00, 0xff, 0x22, 0x2c, 0x39, 0x7d];

let seeds: readonly Seed[] = [];
/** How many cases each combination of a changed place and an outcome had, and each check that refused one. */
const reached = new Map<string, number>();
const checks = new Map<string, number>();

/**
 * Bundles of every kind: cut off at every length, every byte changed, each as accidents do and with a digest that fits, as
 * attackers do; and taken apart, changed by meaning, and put together with a digest that fits. Every other case is of the last
 * kind until the others have all been had.
 */
export const bundleTarget: FuzzTarget = {
  name: "bundle",
  maxPeakMB: 400,
  runCase: async (random, index) => {
    const { seed, bytes, what } = await makeCase(random, index);
    const { code, check } = await outcomeOf(bytes, seed.rows);
    count(reached, `${what}: ${code}`);
    if (check !== null) count(checks, `${code}: ${check}`);
    return code;
  },
  describe: async (random, index) => {
    const { seed, bytes, what } = await makeCase(random, index);
    return `${seed.name}, ${what}, ${shownBytes(bytes)}`;
  },
  report: () => [
    `exhaustive ${exhaustiveCases()} cases: truncations and bytes of ${seeds.length} bundles of ${seeds.map(({ bytes }) => bytes.length).join(", ")} bytes`,
    `places    ${new Set([...reached.keys()].map((key) => key.slice(0, key.lastIndexOf(": ")))).size} kinds of places changed, ${reached.size} with different outcomes`,
    `checks    ${checks.size} different ones refused a file`,
  ],
};

async function makeCase(random: Random, index: number): Promise<Case> {
  if (seeds.length === 0) seeds = await seedBundles();
  if (index % 2 === 1 && index >> 1 < exhaustiveCases()) return exhaustiveCase(index >> 1);
  const seed = pick(random, seeds);
  const parts = partsOf(seed.bytes);
  let what = mutateParts(random, parts);
  for (let more = random.below(3); more > 1; more--) what = mutateParts(random, parts);
  return { seed, bytes: sealedParts(parts), what };
}

/** Every length of every seed, and every byte with each of its values; both sealed and not. */
function exhaustiveCases(): number {
  return seeds.reduce((sum, { bytes }) => sum + 2 * bytes.length * (1 + FLIPS.length + EXTREMES.length), 0);
}

function exhaustiveCase(number: number): Case {
  const total = seeds.reduce((sum, { bytes }) => sum + bytes.length, 0);
  let at = (number >> 1) % total;
  const seed = seeds.find(({ bytes }) => {
    if (at < bytes.length) return true;
    at -= bytes.length;
    return false;
  })!;
  const isSealed = number % 2 === 1;
  const change = Math.floor((number >> 1) / total) - 1;
  const what = `${change < 0 ? "cut in" : "byte of"} ${regionOf(seed.bytes, at)}${isSealed ? ", sealed" : ""}`;
  const bytes = change < 0 ? seed.bytes.slice(0, at) : seed.bytes.slice();
  if (change >= 0) bytes[at] = change < FLIPS.length ? bytes[at]! ^ FLIPS[change]! : EXTREMES[change - FLIPS.length]!;
  return { seed, bytes: isSealed ? sealed(bytes) : bytes, what };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
