import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/training/data-digest.js";

const VALUES = Float32Array.from({ length: 1000 }, (_, i) => i / 7 - 50);

describe("digestOf", () => {
  it("changes with every bit, with the order, and with where one array ends", () => {
    const digests = new Set([
      digestOf(VALUES),
      digestOf(),
      digestOf(VALUES, new Float32Array(0)),
      digestOf(VALUES.toReversed()),
    ]);
    digests.add(digestOf(VALUES.subarray(0, 400), VALUES.subarray(400)));
    digests.add(digestOf(VALUES.subarray(0, 401), VALUES.subarray(401)));
    const bits = new Uint32Array(VALUES.slice().buffer);
    for (let bit = 0; bit < 32; bit++) {
      const changed = bits.slice();
      changed[31 * bit]! ^= 1 << bit;
      digests.add(digestOf(new Float32Array(changed.buffer)));
    }
    expect(digests.size).toBe(6 + 32);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{16}$/);
  });

  it("is the same wherever the numbers lie", () => {
    const moved = new Float32Array(1100);
    moved.set(VALUES, 50);
    expect(digestOf(moved.subarray(50, 1050))).toBe(digestOf(VALUES));
    // Checkpoints of earlier versions hold such digests.
    expect(digestOf(VALUES)).toBe("4f2891ba208a0794");
  });
});
