import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type NetworkSpec, networkEngine } from "../../src/index.js";
import { trainWithEarlyStopping } from "../../src/training/early-stopping.js";
import { LOGIT, sameSign } from "./networks.js";

const EPOCHS = 200;
/** Epochs from one sample to the next; until the first the runtime compiles, and keeps what it has compiled. */
const WARM = 40;
/** Samples whose least counts: the test runner takes memory for a moment, a leak is in every one. */
const LAST = 3;
/** Bytes of arrays that may come and go. The weights of an epoch are 18,000, so that keeping them would take 1.4 million from
 * the first sample to the earliest of the last. */
const ARRAYS = 500_000;
/** Bytes of the heap, where compiled code and the test runner's own things come and go too. */
const HEAP = 8_000_000;

const SPECS: Readonly<Record<string, NetworkSpec>> = {
  ANN: {
    steps: 1,
    width: 2,
    layers: [
      { type: "dense", units: 64, activation: "relu" },
      { type: "batchNorm" },
      { type: "dropout", rate: 0.1 },
      { type: "dense", units: 64, activation: "relu" },
      LOGIT,
    ],
  },
  LSTM: { steps: 2, width: 1, layers: [{ type: "lstm", units: 32, returnSequences: false }, LOGIT] },
};

afterEach(() => vi.unstubAllGlobals());

describe.each(Object.entries(SPECS))("200 epochs of an %s, with checkpoints", (_, spec) => {
  it("take no more memory than 40", async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const instances: WebAssembly.Instance[] = [];
    class Counted extends WebAssembly.Instance {
      constructor(module: WebAssembly.Module) {
        super(module);
        instances.push(this);
      }
    }
    vi.stubGlobal("WebAssembly", Object.create(WebAssembly, { Instance: { value: Counted } }));
    const memories = (): number[] =>
      instances.map(({ exports }) => (exports["memory"] as WebAssembly.Memory).buffer.byteLength);
    const used: NodeJS.MemoryUsage[] = [];
    let begun: number[] = [];
    await trainWithEarlyStopping(networkEngine(), spec, sameSign(300, 1), {
      epochs: EPOCHS,
      batchSize: 32,
      learningRate: 1e-3,
      seed: 5,
      validation: sameSign(100, 2),
      patience: EPOCHS,
      onCheckpoint: () => undefined,
      onEpoch: (history) => {
        if (history.length === 1) begun = memories();
        if (history.length % WARM !== 0) return;
        collect();
        used.push(process.memoryUsage());
      },
    });
    expect(used).toHaveLength(EPOCHS / WARM);
    const growth = (of: "arrayBuffers" | "heapUsed"): number =>
      Math.min(...used.slice(-LAST).map((now) => now[of])) - used[0]![of];
    expect(growth("arrayBuffers")).toBeLessThan(ARRAYS);
    expect(growth("heapUsed")).toBeLessThan(HEAP);
    // One for the training, one for the validation, for all epochs.
    expect(begun).toHaveLength(2);
    expect(memories()).toEqual(begun);
  });
});
