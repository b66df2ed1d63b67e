import { describe, expect, it } from "vitest";
import { Network, type NetworkSpec } from "../../src/index.js";
import { crossEntropy } from "../../src/network/cross-entropy.js";
import { Validation } from "../../src/training/validation.js";
import { LOGIT, randomData, randomWeights } from "./networks.js";

const SPEC: NetworkSpec = {
  steps: 4,
  width: 3,
  layers: [{ type: "lstm", units: 70, returnSequences: false }, { type: "batchNorm" }, LOGIT],
};

describe("Validation", () => {
  it("measures one network after another as each alone scores the rows at once", async () => {
    const data = randomData(SPEC, 701, 1);
    const validation = new Validation(SPEC, data);
    for (const seed of [1, 2, 1]) {
      const network = new Network(SPEC, randomWeights(SPEC, seed));
      const losses = Array.from(network.logits(data.inputs), (logit, row) => crossEntropy(logit, data.targets[row]!));
      const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      expect(await validation.loss(network, undefined)).toBe(mean);
    }
  });

  it("stops between two rows", async () => {
    const wide: NetworkSpec = { ...SPEC, layers: [{ type: "lstm", units: 256, returnSequences: false }, LOGIT] };
    const validation = new Validation(wide, randomData(wide, 20_000, 1));
    const stop = new AbortController();
    const loss = validation.loss(new Network(wide, randomWeights(wide, 1)), stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(loss).rejects.toMatchObject({ code: "aborted" });
  });

  it("refuses rows that do not fit, and none", () => {
    const { inputs, targets } = randomData(SPEC, 10, 1);
    expect(() => new Validation(SPEC, { inputs: inputs.subarray(1), targets })).toThrowError(
      /120 inputs, but there are 119/,
    );
    expect(() => new Validation(SPEC, { inputs, targets: targets.subarray(0, 0) })).toThrowError(/no rows/);
  });
});
