import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  exp,
  expm1,
  log,
  log1p,
  log2,
  nextDown,
  nextDownFloat32,
  nextUp,
  nextUpFloat32,
  Random,
  sigmoid,
  tanh,
} from "../src/numeric/index.js";

// Both fixtures are made by interop/make_goldens.py.
const readFixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8"));

interface Vectors {
  readonly x: readonly string[];
  readonly y: readonly string[];
  readonly portable: readonly string[];
}
const vectors = readFixture("numeric.json") as Readonly<Record<string, Vectors>>;

const word = new DataView(new ArrayBuffer(8));

function fromBits(digits: string): number {
  word.setBigUint64(0, BigInt(`0x${digits}`));
  return word.getFloat64(0);
}

function bitsOf(x: number): string {
  word.setFloat64(0, x);
  return word.getBigUint64(0).toString(16).padStart(16, "0");
}

/** The place of a double among all doubles, so that neighbours differ by 1 and both zeros are one. */
function place(x: number): bigint {
  word.setFloat64(0, x);
  const bits = word.getBigInt64(0);
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}

function ulpsBetween(a: number, b: number): number {
  const distance = place(a) - place(b);
  return Number(distance < 0n ? -distance : distance);
}

describe("neighbours", () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  const single = fc.float({ noNaN: true, noDefaultInfinity: true });

  it("of a double are one place away, and back", () => {
    fc.assert(
      fc.property(double, (x) => {
        expect([place(nextUp(x)) - place(x), place(nextDown(x)) - place(x)]).toEqual([1n, -1n]);
        expect([nextDown(nextUp(x)), nextUp(nextDown(x))]).toEqual([x + 0, x + 0]);
      }),
    );
    expect([nextUp(0), nextUp(-0), nextUp(-Number.MIN_VALUE)]).toEqual([Number.MIN_VALUE, Number.MIN_VALUE, 0]);
    expect([nextDown(0), nextDown(-0), nextDown(Number.MIN_VALUE)]).toEqual([-Number.MIN_VALUE, -Number.MIN_VALUE, 0]);
    expect([nextUp(1), nextUp(-1)]).toEqual([1 + Number.EPSILON, -1 + Number.EPSILON / 2]);
    expect([nextUp(Number.MAX_VALUE), nextDown(-Number.MAX_VALUE)]).toEqual([Infinity, -Infinity]);
  });

  it("of a float32 are floats with none between, and back", () => {
    fc.assert(
      fc.property(single, (x) => {
        const [down, up] = [nextDownFloat32(x), nextUpFloat32(x)];
        expect([Math.fround(down), Math.fround(up)]).toEqual([down, up]);
        expect(down < x && x < up).toBe(true);
        // Half of the way is no float: it rounds to one of the ends, or to infinity.
        expect([x + 0, up]).toContain(Math.fround((x + up) / 2) + 0);
        expect([nextDownFloat32(up), nextUpFloat32(down)]).toEqual([x + 0, x + 0]);
      }),
    );
    const [least, greatest] = [fromBits("36a0000000000000"), fromBits("47efffffe0000000")];
    expect([nextUpFloat32(0), nextUpFloat32(-0), nextUpFloat32(-least)]).toEqual([least, least, 0]);
    expect([nextDownFloat32(0), nextDownFloat32(least)]).toEqual([-least, 0]);
    expect([nextUpFloat32(greatest), nextDownFloat32(-greatest)]).toEqual([Infinity, -Infinity]);
  });
});

describe("numeric functions", () => {
  it.each([
    { name: "exp", f: exp, ulps: 1 },
    { name: "expm1", f: expm1, ulps: 2 },
    { name: "log", f: log, ulps: 1 },
    { name: "log1p", f: log1p, ulps: 1 },
    { name: "log2", f: log2, ulps: 2 },
    { name: "tanh", f: tanh, ulps: 3 },
    { name: "sigmoid", f: sigmoid, ulps: 3 },
  ])("$name stays within $ulps ulp of the correctly rounded value", ({ name, f, ulps }) => {
    const { x, y } = vectors[name]!;
    expect(x.length).toBeGreaterThan(300);
    const misses = x.flatMap((digits, i) => {
      const got = f(fromBits(digits));
      const distance = Number.isNaN(got) ? Number.NaN : ulpsBetween(got, fromBits(y[i]!));
      return distance <= ulps ? [] : [{ x: fromBits(digits), got, expected: fromBits(y[i]!), distance }];
    });
    expect(misses).toEqual([]);
  });

  it.each(Object.entries({ exp, expm1, log, log1p, log2, tanh, sigmoid }))(
    "%s gives the bits of an independent implementation",
    (name, f) => {
      const { x, portable } = vectors[name]!;
      expect(x.map((digits) => bitsOf(f(fromBits(digits))))).toEqual(portable);
    },
  );

  it("log2 is exact for every power of two", () => {
    for (let k = -1074; k <= 1023; k++) {
      const power = k < -1022 ? Number.MIN_VALUE * fromBits(exponentBits(k + 1074)) : fromBits(exponentBits(k));
      expect(log2(power)).toBe(k);
    }
  });

  it("zeros, infinities, NaN and arguments outside the domain give what IEEE 754 asks for", () => {
    const { POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: MINUS_INF, NaN: NAN } = Number;
    const table: [(x: number) => number, [x: number, y: number][]][] = [
      [
        exp,
        [
          [0, 1],
          [-0, 1],
          [INF, INF],
          [MINUS_INF, 0],
          [NAN, NAN],
        ],
      ],
      [
        expm1,
        [
          [0, 0],
          [-0, -0],
          [INF, INF],
          [MINUS_INF, -1],
          [NAN, NAN],
        ],
      ],
      [
        log,
        [
          [0, MINUS_INF],
          [-0, MINUS_INF],
          [1, 0],
          [INF, INF],
          [-1, NAN],
          [MINUS_INF, NAN],
          [NAN, NAN],
        ],
      ],
      [
        log1p,
        [
          [0, 0],
          [-0, -0],
          [-1, MINUS_INF],
          [INF, INF],
          [-1.5, NAN],
          [MINUS_INF, NAN],
          [NAN, NAN],
        ],
      ],
      [
        log2,
        [
          [0, MINUS_INF],
          [-0, MINUS_INF],
          [1, 0],
          [INF, INF],
          [-1, NAN],
          [MINUS_INF, NAN],
          [NAN, NAN],
        ],
      ],
      [
        tanh,
        [
          [0, 0],
          [-0, -0],
          [INF, 1],
          [MINUS_INF, -1],
          [NAN, NAN],
        ],
      ],
      [
        sigmoid,
        [
          [0, 0.5],
          [-0, 0.5],
          [INF, 1],
          [MINUS_INF, 0],
          [NAN, NAN],
        ],
      ],
    ];
    for (const [f, points] of table) for (const [x, y] of points) expect([f.name, x, f(x)]).toEqual([f.name, x, y]);
  });

  it("exp, tanh and sigmoid never fall where their argument rises", () => {
    const pair = fc.tuple(fc.double({ min: -750, max: 750, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }));
    fc.assert(
      fc.property(pair, ([x, step]) => {
        // Errors of an ulp may swap neighbours, so the step must outweigh them.
        const further = x + Math.abs(x) * 1e-14 + step;
        for (const f of [exp, tanh, sigmoid]) {
          const low = f(x);
          const high = f(further);
          expect(high >= low || ulpsBetween(high, low) <= 3).toBe(true);
        }
      }),
    );
  });
});

function exponentBits(k: number): string {
  return (BigInt(k + 1023) << 52n).toString(16).padStart(16, "0");
}

interface Stream {
  readonly seed: number;
  readonly uint32: readonly number[];
  readonly float: readonly string[];
  readonly normal: readonly string[];
  readonly exponential: readonly string[];
  readonly below: Readonly<Record<string, readonly number[]>>;
  readonly shuffle: readonly number[];
  readonly forks: readonly { readonly index: number; readonly uint32: readonly number[]; readonly forkOf3: number }[];
}
const goldens = readFixture("random.json") as {
  readonly splitMix64: { readonly seed: number; readonly outputs: readonly string[] };
  readonly seeds: readonly Stream[];
};

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Pearson's statistic of counts that should be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0);
}

describe("Random", () => {
  it.each(goldens.seeds)("draws what an independent implementation draws from seed $seed", (stream) => {
    const seeded = (): Random => Random.seeded(stream.seed);
    const [uints, floats, normals, exponentials] = [seeded(), seeded(), seeded(), seeded()];
    expect(stream.uint32.map(() => uints.uint32())).toEqual(stream.uint32);
    expect(stream.float.map(() => bitsOf(floats.float()))).toEqual(stream.float);
    expect(stream.normal.map(() => bitsOf(normals.normal()))).toEqual(stream.normal);
    expect(stream.exponential.map(() => bitsOf(exponentials.exponential()))).toEqual(stream.exponential);
    for (const [bound, draws] of Object.entries(stream.below)) {
      const random = seeded();
      expect([bound, draws.map(() => random.below(Number(bound)))]).toEqual([bound, draws]);
    }
    expect(seeded().shuffle(times(10, (i) => i))).toEqual(stream.shuffle);
    for (const { index, uint32, forkOf3 } of stream.forks) {
      const fork = seeded().fork(index);
      expect([index, uint32.map(() => fork.uint32()), fork.fork(3).uint32()]).toEqual([index, uint32, forkOf3]);
    }
  });

  it("takes its state from the published SplitMix64 sequence of the seed", () => {
    // The first draw of xoshiro128** is made of its second word alone: rotl(s₁ · 5, 7) · 9.
    const second = (BigInt(goldens.splitMix64.outputs[0]!) >> 32n) & 0xffffffffn;
    const product = (second * 5n) & 0xffffffffn;
    const rotated = ((product << 7n) | (product >> 25n)) & 0xffffffffn;
    expect(goldens.splitMix64.outputs[0]).toBe("6457827717110365317");
    expect(Random.seeded(1234567).uint32()).toBe(Number((rotated * 9n) & 0xffffffffn));
  });

  it("below gives every number alike", () => {
    const random = Random.seeded(7);
    for (const bound of [2, 3, 10, 41]) {
      const counts = new Array<number>(bound).fill(0);
      for (let i = 0; i < 1000 * bound; i++) counts[random.below(bound)]!++;
      // Five standard deviations above the mean of the statistic.
      expect(chiSquare(counts)).toBeLessThan(bound - 1 + 5 * Math.sqrt(2 * (bound - 1)));
    }
    // Taking the remainder of every draw would fill the lower half of 3 · 2³⁰ numbers twice as often as the upper.
    const lowThird = times(3000, () => random.below(3 * 1073741824)).filter((draw) => draw < 1073741824).length;
    expect(Math.abs(lowThird - 1000)).toBeLessThan(5 * Math.sqrt((3000 * 2) / 9));
  });

  it.each([0, -1, 2.5, 4294967297, Number.NaN, Number.POSITIVE_INFINITY])("below refuses the bound %s", (bound) => {
    expect(() => Random.seeded(1).below(bound)).toThrow(expect.objectContaining({ code: "invalid-bound" }));
  });

  it.each([-1, 1.5, 2 ** 53, Number.NaN])("refuses the seed %s", (seed) => {
    expect(() => Random.seeded(seed)).toThrow(expect.objectContaining({ code: "invalid-seed" }));
  });

  it("shuffle keeps the items and gives each order alike", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.array(fc.integer()), (seed, items) => {
        const shuffled = Random.seeded(seed).shuffle([...items]);
        expect(shuffled.sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
      }),
    );
    const random = Random.seeded(11);
    const orders = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.shuffle(Int32Array.of(0, 1, 2, 3)).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    expect(chiSquare([...orders.values()])).toBeLessThan(23 + 5 * Math.sqrt(46));
  });

  it("a fork depends on the seed and its index, not on what was drawn before", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(), fc.nat({ max: 100 }), (seed, index, draws) => {
        const fresh = Random.seeded(seed).fork(index);
        const used = Random.seeded(seed);
        for (let i = 0; i < draws; i++) used.float();
        const late = used.fork(index);
        expect(times(4, () => late.uint32())).toEqual(times(4, () => fresh.uint32()));
      }),
    );
  });

  it("forks, their parent and forks of forks are different streams", () => {
    const parent = Random.seeded(42);
    const streams = [parent, ...times(500, (i) => parent.fork(i)), ...times(500, (i) => parent.fork(1).fork(i))];
    expect(new Set(streams.map((stream) => `${stream.uint32()} ${stream.uint32()}`)).size).toBe(streams.length);
  });

  it("normal and exponential numbers have the moments of their distributions", () => {
    const random = Random.seeded(5);
    const count = 40_000;
    const moments = (draws: number[]): number[] =>
      [(x: number) => x, (x: number) => x * x, (x: number) => x * x * x].map(
        (power) => draws.reduce((sum, x) => sum + power(x), 0) / count,
      );
    // Each bound is five standard errors: the square root of the power's variance over the count.
    const near = (got: number, mean: number, variance: number): void =>
      expect(Math.abs(got - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
    const normal = moments(times(count, () => random.normal()));
    near(normal[0]!, 0, 1);
    near(normal[1]!, 1, 2);
    near(normal[2]!, 0, 15);
    const exponential = moments(times(count, () => random.exponential()));
    near(exponential[0]!, 1, 1);
    near(exponential[1]!, 2, 20);
    near(exponential[2]!, 6, 684);
  });
});
