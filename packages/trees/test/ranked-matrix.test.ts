import { rankColumns } from "@mlsec/trees";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixOf } from "./generated.js";

describe("ranking columns", () => {
  it("gives every row the position of its float32 value among the distinct ones", async () => {
    const value = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 0.1, 2 ** 24, 2 ** 24 + 1, -1e-45, 1e-46, 3.4e38),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 200 }), async (values) => {
        const [column] = (await rankColumns(matrixOf([values]))).columns;
        const distinct = [...new Set(values.map((v) => Math.fround(v) + 0))].sort((a, b) => a - b);
        expect([...column!.values]).toEqual(distinct);
        expect([...column!.ranks]).toEqual(values.map((v) => distinct.indexOf(Math.fround(v) + 0)));
      }),
    );
  });

  it("names features that it does not have", async () => {
    const ranked = await rankColumns(matrixOf([[1], [2]]));
    expect(() => ranked.select(["f1", "x", "y"])).toThrowError(/no feature "x", "y"/);
  });
});
