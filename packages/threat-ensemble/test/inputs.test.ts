import { featureMatrix } from "@mlsec/preprocess";
import { describe, expect, it } from "vitest";
import { InputLayout } from "../src/inputs.js";

describe("InputLayout", () => {
  const layout = new InputLayout(["bytes", "flag", "flag", "flag", "rate"]);
  const matrix = featureMatrix(
    ["bytes", "flag=a", "flag=b", "flag=c", "rate"],
    [
      [1, 10],
      [0, 1],
      [1, 0],
      [0, 0],
      [0.5, 0.25],
    ].map((values) => Float64Array.from(values)),
  );

  it("gives the LSTM one step per original column, padded with zeros to the widest", () => {
    expect(layout.steps).toEqual(["bytes", "flag", "rate"]);
    expect(layout.width).toBe(3);
    expect([...layout.sequence(matrix)]).toEqual([1, 0, 0, 0, 1, 0, 0.5, 0, 0, 10, 0, 0, 1, 0, 0, 0.25, 0, 0]);
  });

  it("gives the ANN the row as it is", () => {
    expect([...layout.flat(matrix)]).toEqual([1, 0, 1, 0, 0.5, 10, 1, 0, 0, 0.25]);
  });
});
