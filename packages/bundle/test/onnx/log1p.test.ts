import { Log1pTransformer } from "@mlsec/preprocess";
import fc from "fast-check";
import * as onnxruntime from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeModel } from "../../src/onnx/encode-model.js";
import { GraphBuilder } from "../../src/onnx/graph-builder.js";
import { signedLog1p } from "../../src/onnx/log1p.js";

/** The logarithm alone as a model. */
async function session(): Promise<onnxruntime.InferenceSession> {
  const graph = new GraphBuilder(["x", "y"]);
  graph.output(signedLog1p(graph, "x"), "y");
  const value = (name: string) => ({ name, type: "double", shape: ["N"], doc: "" }) as const;
  const model = {
    graph: graph.build("log1p", [value("x")], [value("y")]),
    irVersion: 8,
    opsets: new Map([["", 17]]),
    producer: { name: "test", version: "0" },
    doc: "",
    metadata: new Map<string, string>(),
  };
  return onnxruntime.InferenceSession.create(await encodeModel(model));
}

describe("signedLog1p", () => {
  let model: onnxruntime.InferenceSession;
  const transformer = Log1pTransformer.fit({ features: ["x"] });
  beforeAll(async () => {
    onnxruntime.env.wasm.numThreads = 1;
    model = await session();
  });

  async function requireSameBits(values: Float64Array): Promise<void> {
    const { y } = await model.run({ x: new onnxruntime.Tensor("float64", values as never, [values.length]) });
    const made = y!.data as unknown as Float64Array;
    // The sign of a zero matters to no verdict.
    for (const [at, value] of values.entries())
      if (!Object.is(made[at]! + 0, transformer.transformValue(0, value) + 0))
        expect.fail(`${value}: ${made[at]}, not ${transformer.transformValue(0, value)}`);
  }

  it("has the bits of Log1pTransformer for any double", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 500, maxLength: 1000 }), (values) =>
        requireSameBits(Float64Array.from(values)),
      ),
      { numRuns: 50 },
    );
  });

  it("has them around powers of two, roots of two, whole numbers and the smallest", async () => {
    const values: number[] = [];
    for (let exponent = -1074; exponent <= 1023; exponent++)
      for (const base of [1, Math.SQRT2, 1 + 0x6a09e / 0x100000])
        for (const off of [-4e-16, -2e-16, 0, 2e-16, 4e-16]) values.push(base * 2 ** exponent * (1 + off));
    for (let whole = 0; whole < 5000; whole++) values.push(whole, -whole, whole + 0.5, 1 / (whole + 1));
    values.push(0, -0, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN);
    await requireSameBits(Float64Array.from(values));
  });
});
