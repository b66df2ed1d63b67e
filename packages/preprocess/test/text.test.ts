import { compareCodePoints } from "@mlsec/preprocess";
import fc from "fast-check";
import { expect, test } from "vitest";

test("strings are ordered as the lists of their code points are", () => {
  const oracle = (a: string, b: string): number => {
    const [x, y] = [[...a], [...b]].map((text) => text.map((char) => char.codePointAt(0)!)) as [number[], number[]];
    const at = x.findIndex((code, index) => code !== y[index]);
    return at === -1 ? x.length - y.length : at >= y.length ? 1 : x[at]! - y[at]!;
  };
  const unit = fc.constantFrom("a", "b", "é", "\uD7FF", "\uE000", "\uFFFD", "\u{10000}", "\u{10FFFF}");
  const text = fc.string({ unit, maxLength: 4 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(oracle(a, b)));
    }),
    { numRuns: 2000 },
  );
});
