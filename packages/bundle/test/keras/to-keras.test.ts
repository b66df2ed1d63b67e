import type { Json } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import { initialWeights, Network } from "@mlsec/threat-ensemble";
import { describe, expect, it } from "vitest";
import { withoutTimes } from "../../src/keras/hdf5-times.js";
import { readKeras, toKeras } from "../../src/keras/index.js";
import { zipped } from "../../src/keras/write-zip.js";
import { ZipFile } from "../../src/keras/zip.js";

type NetworkSpec = Network["spec"];

const logit = { type: "dense", units: 1, activation: "linear" } as const;
const SPECS: readonly (readonly [string, NetworkSpec])[] = [
  ["one layer", { steps: 1, width: 3, layers: [logit] }],
  [
    "dense, normalised, dropped",
    {
      steps: 1,
      width: 4,
      layers: [
        { type: "batchNorm" },
        { type: "dense", units: 6, activation: "relu" },
        { type: "batchNorm" },
        { type: "dropout", rate: 0.3 },
        { type: "dense", units: 2, activation: "linear" },
        logit,
      ],
    },
  ],
  [
    "two LSTMs",
    {
      steps: 5,
      width: 2,
      layers: [
        { type: "lstm", units: 4, returnSequences: true },
        { type: "dropout", rate: 0.2 },
        { type: "batchNorm" },
        { type: "lstm", units: 3, returnSequences: false },
        { type: "dense", units: 3, activation: "relu" },
        logit,
      ],
    },
  ],
  [
    "hard gates of Keras 3",
    {
      steps: 4,
      width: 2,
      layers: [{ type: "lstm", units: 3, returnSequences: false, recurrentActivation: "hardSigmoid6" }, logit],
    },
  ],
  ["an LSTM of one step", { steps: 1, width: 6, layers: [{ type: "lstm", units: 3, returnSequences: false }, logit] }],
];

/** Every weight another number, none of them 0 or 1. */
function networkOf(spec: NetworkSpec): Network {
  const random = Random.seeded(3);
  const weights = initialWeights(spec, random).map((layer) =>
    Object.fromEntries(
      Object.entries(layer).map(([name, values]) => [
        name,
        values.map((value) => (name === "variance" ? 0.5 + random.float() : value + 0.1 * random.normal())),
      ]),
    ),
  );
  return new Network(spec, weights);
}

describe.each(SPECS)("toKeras of %s", (_, spec) => {
  const network = networkOf(spec);

  it.each(["h5", "keras"] as const)("makes a file (%s) that is read as the same network", async (format) => {
    const { bytes, config } = await toKeras(network, { format, name: "member" });
    const { network: back, head, kerasVersion } = await readKeras(bytes);
    expect([back.spec, head, kerasVersion]).toEqual([spec, "sigmoid", "3.0.0"]);
    expect(back.weights).toEqual(network.weights);
    expect(config.name).toBe("member");
    expect((config.layers as readonly { class_name: string }[]).map((layer) => layer.class_name)).toEqual([
      "InputLayer",
      ...spec.layers.map(({ type }) => CLASS_NAMES[type]),
    ]);
  });

  it("writes the same bytes a second later", async () => {
    const first = await toKeras(network, { format: "h5" });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(Buffer.compare((await toKeras(network, { format: "h5" })).bytes, first.bytes)).toBe(0);
  });
});

const CLASS_NAMES = { dense: "Dense", lstm: "LSTM", batchNorm: "BatchNormalization", dropout: "Dropout" } as const;

describe("what toKeras cannot write as it is", () => {
  const lstm = { type: "lstm", units: 3, returnSequences: false } as const;

  it("becomes the gates of Keras 3, with the same scores", async () => {
    const network = networkOf({
      steps: 4,
      width: 2,
      layers: [{ ...lstm, recurrentActivation: "hardSigmoid5" }, logit],
    });
    const { network: back } = await readKeras((await toKeras(network, { format: "keras" })).bytes);
    expect(back.spec.layers[0]).toMatchObject({ recurrentActivation: "hardSigmoid6" });
    const inputs = Float32Array.from({ length: 80 }, (_, at) => ((at * 7) % 23) / 4 - 2.5);
    const [expected, got] = [network.score(inputs), back.score(inputs)];
    expect(new Set(expected).size).toBe(10);
    for (const [row, score] of expected.entries()) expect(Math.abs(got[row]! - score)).toBeLessThan(1e-6);
  });

  it("is refused where Keras would not take it: an LSTM of what is no sequence there", async () => {
    const network = networkOf({ steps: 4, width: 2, layers: [lstm, lstm, logit] });
    await expect(toKeras(network, { format: "h5" })).rejects.toMatchObject({
      code: "unsupported-layer",
      details: { layer: "lstm_1" },
    });
  });
});

describe("what toKeras writes with", () => {
  it("names layers as Keras does, apart by their class", async () => {
    const { config } = await toKeras(networkOf(SPECS[1]![1]), { format: "h5" });
    const layers = config.layers as readonly { readonly config: { readonly [option: string]: Json } }[];
    expect(layers.map((layer) => layer.config["name"])).toEqual([
      "input_layer",
      "batch_normalization",
      "dense",
      "batch_normalization_1",
      "dropout",
      "dense_1",
      "dense_2",
    ]);
    expect(layers.at(-1)!.config).toMatchObject({ units: 1, activation: "sigmoid" });
  });

  it("leaves bytes alone that only look like a header of HDF5", () => {
    const bytes = new Uint8Array(200).fill(7);
    bytes.set([0x4f, 0x48, 0x44, 0x52, 2, 0x20], 40);
    bytes.set([0x4f, 0x48, 0x44, 0x52, 2], 195);
    expect(withoutTimes(bytes.slice())).toEqual(bytes);
  });

  it("makes zips whose files are read back", async () => {
    const files = new Map([
      ["a.json", new TextEncoder().encode("{}")],
      ["empty", new Uint8Array(0)],
      ["é/b.h5", Uint8Array.from({ length: 5000 }, (_, at) => at % 251)],
    ]);
    const zip = new ZipFile(zipped(files));
    for (const [name, content] of files) expect(await zip.read(name, 10_000)).toEqual(content);
  });
});
