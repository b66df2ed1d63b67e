import { Random } from "@mlsec/preprocess/numeric";
import { writeContainer } from "../../src/container.js";
import type { InvalidCase } from "./invalid-containers.js";
import { type Fields, forestOf, manifestOf, networkOf, treeOf } from "./states.js";

/** What is wrong with a manifest, and the code where it is not `invalid-manifest`. */
type Fault = readonly [name: string, why: string, edit: (manifest: Fields) => unknown, code?: string];

const TWO = ["A", "B"];
const LEAVES = { left: { rows: [1, 2] }, right: { rows: [0, 8] } };
const ROOT = { feature: 0, threshold: 0.5, left: { rows: [4, 0] }, right: { feature: 1, threshold: 2, ...LEAVES } };

/** Manifests without a fault, in lists of numbers, for faults to be put in. */
const ATTACK = manifestOf("attack_classifier", TWO, {
  preprocessor: {
    inputs: [
      { name: "x", type: "number" },
      { name: "t", type: "text", categories: ["a", "b"] },
    ],
    steps: [
      { step: "standardScale", scaler: { features: ["x"], mean: [0], scale: [1] } },
      {
        step: "ordinalEncode",
        encoder: {
          unknown: "other",
          missing: "other",
          columns: [{ name: "t", categories: TWO, rare: [], other: true }],
        },
      },
    ],
  },
  model: { tree: treeOf(TWO, ["x", "t"], ROOT), leafCounts: [4, 0, 1, 2, 0, 8] },
});

const LAYERS = [
  { type: "lstm", units: 2, returnSequences: false },
  { type: "batchNorm" },
  { type: "dropout", rate: 0.5 },
  { type: "dense", units: 1, activation: "linear" },
];
const THREAT = manifestOf("threat_detector", ["Normal", "Attack"], {
  preprocessor: { inputs: ["x", "y"].map((name) => ({ name, type: "number" })), steps: [] },
  model: {
    features: ["x", "y"],
    sources: ["x", "y"],
    members: [
      { name: "lstm", fold: null, weight: 0.5, columns: [0, 1], network: networkOf(2, 1, LAYERS, Random.seeded(1)) },
      { name: "forest", fold: null, weight: 0.5, columns: [0, 1], forest: forestOf(TWO, ["x", "y"], [ROOT]) },
    ],
    calibration: { method: "isotonic", scores: [-1, 1], probabilities: [0.25, 0.75] },
    familiarity: { columns: [0, 1], prototypes: [0, 0, 1, 1], distances: [0, 1, 2] },
    history: [],
  },
});

const steps = (manifest: Fields): Fields[] => manifest["preprocessor"].steps;
const insert = (step: Fields) => (manifest: Fields) => steps(manifest).unshift(step);
const tree = (manifest: Fields): Fields => manifest["model"].tree;
const nodes = (manifest: Fields): Fields => tree(manifest)["nodes"];
const encoder = (manifest: Fields): Fields => steps(manifest)[1]!["encoder"];

const ATTACK_FAULTS: readonly Fault[] = [
  ["version-unknown", "a format version that does not exist", (m) => (m["formatVersion"] = "9.0"), "unknown-version"],
  ["version-missing", "no format version", (m) => delete m["formatVersion"]],
  ["kind-unknown", "a kind of model that does not exist", (m) => (m["kind"] = "oracle"), "unknown-kind"],
  ["kind-other", "an attack tree that is called a threat detector", (m) => (m["kind"] = "threat_detector")],
  ["classes-one", "one class", (m) => m["classes"].pop()],
  ["classes-twice", "one class twice", (m) => (m["classes"] = ["A", "A"])],
  ["classes-others", "classes in another order than the tree's", (m) => m["classes"].reverse()],
  ["normal-class-unknown", "a normal class that is none of the classes", (m) => (m["normalClass"] = "C")],
  ["created-at-number", "a date that is a number", (m) => (m["createdAt"] = 20261129)],
  ["baseline-type", "a baseline with a number in a text column", (m) => (m["baseline"] = [0, 1])],
  ["baseline-missing-number", "a baseline without its number", (m) => (m["baseline"] = [null, "a"])],
  ["model-missing", "no model", (m) => delete m["model"]],
  ["input-twice", "two input columns of one name", (m) => (m["preprocessor"].inputs[1].name = "x")],
  ["input-type", "an input column of an unknown type", (m) => (m["preprocessor"].inputs[0].type = "date")],
  [
    "input-infinite",
    "infinite numbers that are to be something else",
    (m) => (m["preprocessor"].inputs[0].infinite = "zero"),
  ],
  [
    "input-name-long",
    "an input column of a name of 513 characters",
    (m) => (m["preprocessor"].inputs[0].name = "n".repeat(513)),
  ],
  ["columns-kept-twice", "a column that is kept twice", insert({ step: "keepColumns", columns: ["x", "t", "x"] })],
  [
    "steps-many",
    "101 steps",
    (m) => steps(m).unshift(...Array.from({ length: 99 }, () => ({ step: "keepColumns", columns: ["x", "t"] }))),
  ],
  ["step-unknown", "a step that does not exist", insert({ step: "shuffle" })],
  ["step-column-unknown", "a step for a column that is not there", insert({ step: "keepColumns", columns: ["z"] })],
  ["step-wrong-type", "a step on numbers for a text column", insert({ step: "clip", columns: ["t"], min: 0, max: 1 })],
  ["text-not-encoded", "a text column after the last step", (m) => steps(m).pop()],
  ["features-other", "other features than the tree's", insert({ step: "keepColumns", columns: ["t", "x"] })],
  ["clip-turned", "clipping to a minimum above the maximum", insert({ step: "clip", columns: ["x"], min: 1, max: 0 })],
  ["scale-zero", "a scaler that divides by zero", (m) => (steps(m)[0]!["scaler"].scale = [0])],
  ["scaler-length", "two means for one feature", (m) => (steps(m)[0]!["scaler"].mean = [0, 0])],
  [
    "edges-falling",
    "pieces whose edges do not ascend",
    insert({ step: "piecewiseLinear", encoder: { columns: [{ name: "x", edges: [0, 2, 1] }] } }),
  ],
  [
    "fill-type",
    "a number that fills a text column",
    insert({ step: "imputeMissing", imputer: { strategy: "constant", fills: [{ name: "t", value: 1 }] } }),
  ],
  ["category-twice", "one category twice", (m) => (encoder(m)["columns"][0].categories = ["A", "A"])],
  [
    "rare-without-other",
    "a rare category without a place for others",
    (m) => {
      const made = { name: "t", categories: ["a"], rare: ["b"], other: false };
      steps(m)[1] = { step: "oneHotEncode", encoder: { unknown: "ignore", missing: "ignore", columns: [made] } };
    },
  ],
  [
    "policy-of-one-hot",
    "an ordinal encoder with a policy of one-hot encoders",
    (m) => (encoder(m)["unknown"] = "infrequentIfExist"),
  ],
  [
    "encoder-column-twice",
    "an encoder with two entries of one column",
    (m) => encoder(m)["columns"].push({ ...encoder(m)["columns"][0], categories: ["b", "a"] }),
  ],
  [
    "union-in-union",
    "a union within a union",
    insert({
      step: "union",
      parts: [
        { name: "p", columns: ["x"], steps: [{ step: "union", parts: [{ name: "q", columns: ["x"], steps: [] }] }] },
      ],
    }),
  ],
  ["child-before-parent", "a child that is not after its parent", (m) => (nodes(m)["left"][2] = 1)],
  ["child-of-itself", "a node that is its own child", (m) => (nodes(m)["right"][2] = 2)],
  ["child-of-two", "a node with two parents", (m) => (nodes(m)["left"][0] = 3)],
  [
    "node-not-reached",
    "a node without a parent",
    (m) => {
      for (const key of ["feature", "left", "right"]) nodes(m)[key].push(-1);
      for (const key of ["threshold", "missingLeft", "impurity", "samples", "weightedSamples"]) nodes(m)[key].push(0);
      nodes(m)["value"].push(1, 0);
    },
  ],
  ["leaf-with-child", "a leaf with a child", (m) => (nodes(m)["left"][1] = 2)],
  ["child-beyond-last", "a child that is no node", (m) => (nodes(m)["right"][2] = 5)],
  ["feature-beyond-last", "a question about a feature that is not there", (m) => (nodes(m)["feature"][0] = 2)],
  ["nodes-length", "one threshold too few", (m) => nodes(m)["threshold"].pop()],
  ["nodes-none", "a tree without nodes", (m) => Object.keys(nodes(m)).map((key) => (nodes(m)[key] = []))],
  ["shares-sum", "class shares that do not sum to 1", (m) => (nodes(m)["value"][2] = 0.5)],
  ["share-negative", "a negative class share", (m) => nodes(m)["value"].splice(2, 2, -0.5, 1.5)],
  ["impurity-above", "more impurity than there can be", (m) => (nodes(m)["impurity"][0] = 65)],
  ["samples-fraction", "half a training row", (m) => (nodes(m)["samples"][1] = 4.5)],
  ["samples-negative", "fewer than no training rows", (m) => (nodes(m)["samples"][1] = -4)],
  ["missing-left-two", "a direction that is neither 0 nor 1", (m) => (nodes(m)["missingLeft"][0] = 2)],
  ["leaf-counts-length", "leaf counts for two of three leaves", (m) => (m["model"].leafCounts = [4, 0, 1, 2])],
  ["leaf-counts-negative", "a negative leaf count", (m) => (m["model"].leafCounts[0] = -1)],
  ["tree-classes-none", "a tree without classes", (m) => (tree(m)["classes"] = [])],
  ["seed-negative", "a seed below 0", (m) => (m["provenance"].seed = -1)],
  ["fingerprint-digest", "a fingerprint of 63 digits", (m) => (m["provenance"].fingerprint.sha256 = "0".repeat(63))],
  [
    "sketch-falling",
    "a sketch whose quantiles fall",
    (m) => {
      const quantiles = Array.from({ length: 41 }, (_, i) => -i);
      const sketch = { type: "number", count: 9, missing: 0, infinite: 0, mean: 0, quantiles, integer: true };
      m["provenance"].fingerprint.columns = [{ name: "x", sketch }];
    },
  ],
];

const members = (manifest: Fields): Fields[] => manifest["model"].members;
const network = (manifest: Fields): Fields => members(manifest)[0]!["network"];

const THREAT_FAULTS: readonly Fault[] = [
  ["threat-three-classes", "a threat detector of three classes", (m) => m["classes"].push("Other")],
  ["threat-classes-turned", "the attack class before the normal one", (m) => m["classes"].reverse()],
  ["threshold-missing", "a threat detector without a threshold", (m) => (m["threshold"] = null)],
  ["threshold-above-one", "a threshold above 1", (m) => (m["threshold"].value = 1.5)],
  ["votes-sum", "votes that do not sum to 1", (m) => (members(m)[0]!["weight"] = 0.25)],
  ["members-none", "no members", (m) => (m["model"].members = [])],
  ["member-unknown", "a member of an unknown name", (m) => (members(m)[0]!["name"] = "gru")],
  ["member-column", "a member's column that the matrix has not", (m) => (members(m)[1]!["columns"] = [0, 2])],
  ["member-inputs", "a network for other inputs than its member's", (m) => (members(m)[0]!["columns"] = [0])],
  ["member-name-other", "an LSTM over two steps that is called ann", (m) => (members(m)[0]!["name"] = "ann")],
  [
    "forest-classes",
    "a forest of three classes",
    (m) => (members(m)[1]!["forest"] = forestOf(["A", "B", "C"], ["x", "y"], [{ rows: [1, 1, 1] }])),
  ],
  [
    "forest-node-counts",
    "node counts that do not sum to the nodes",
    (m) => (members(m)[1]!["forest"].nodeCounts = [4]),
  ],
  ["sources-length", "one source for two features", (m) => m["model"].sources.pop()],
  ["layer-unknown", "a layer that does not exist", (m) => (network(m)["layers"][1].type = "attention")],
  ["layer-activation", "an activation that does not exist", (m) => (network(m)["layers"][3].activation = "gelu")],
  [
    "layer-gates",
    "gates of an activation that does not exist",
    (m) => (network(m)["layers"][0].recurrentActivation = "hardSigmoid"),
  ],
  ["layer-last", "a last layer of two units", (m) => (network(m)["layers"][3].units = 2)],
  ["layer-sequence", "a dense layer that gets a sequence", (m) => (network(m)["layers"][0].returnSequences = true)],
  ["dropout-one", "a dropout rate of 1", (m) => (network(m)["layers"][2].rate = 1)],
  ["weights-length", "a kernel with one number too few", (m) => network(m)["weights"][0].kernel.pop()],
  ["weights-layers", "weights for three of four layers", (m) => network(m)["weights"].pop()],
  ["weight-not-float32", "a weight that float32 cannot hold", (m) => (network(m)["weights"][3].bias = [0.1])],
  ["variance-negative", "a negative variance", (m) => (network(m)["weights"][1].variance[0] = -1)],
  ["calibration-unknown", "a calibration that does not exist", (m) => (m["model"].calibration.method = "beta")],
  ["calibration-scores", "isotonic scores that do not ascend", (m) => (m["model"].calibration.scores = [1, 1])],
  ["calibration-falling", "isotonic probabilities that fall", (m) => m["model"].calibration.probabilities.reverse()],
  ["familiarity-distances", "distances that fall", (m) => m["model"].familiarity.distances.reverse()],
  ["familiarity-prototypes", "prototypes that are no whole rows", (m) => m["model"].familiarity.prototypes.pop()],
];

/** The name of a manifest's text with a fault, what it is, and its making. */
type TextFault = readonly [name: string, why: string, edit: (text: string) => string];

const TEXT_FAULTS: readonly TextFault[] = [
  ["manifest-not-json", "a manifest with a comma too much", (text) => text.replace(/}$/, ",}")],
  ["manifest-list", "a manifest that is a list", (text) => `[${text}]`],
  ["manifest-nan", "NaN, which is no JSON", (text) => text.replace('"threshold":[0.5', '"threshold":[NaN')],
  [
    "threshold-1e999",
    "a threshold that is infinite as a float64",
    (text) => text.replace('"threshold":[0.5', '"threshold":[1e999'),
  ],
  ["manifest-key-twice", 'the key "kind" twice', (text) => text.replace(/^{/, '{"kind":"threat_detector",')],
  [
    "manifest-key-escaped",
    'the key "kind" twice, once with an escape',
    (text) => text.replace(/^{/, '{"\\u006bind":"threat_detector",'),
  ],
  [
    "manifest-key-twice-below",
    "a key twice in the options",
    (text) => text.replace('"options":{', '"options":{"a":1,"a":1'),
  ],
  ["manifest-proto", "a key __proto__", (text) => text.replace('"options":{', '"options":{"__proto__":1')],
  [
    "manifest-too-deep",
    "65 levels",
    (text) => text.replace('"options":{', `"options":{"deep":${"[".repeat(62)}${"]".repeat(62)}`),
  ],
];

/** Files whose container is as it should be and whose manifest is not. */
export async function invalidManifests(): Promise<InvalidCase[]> {
  const written = async (name: string, why: string, code: string, manifest: string): Promise<InvalidCase> => ({
    name,
    code,
    why,
    bytes: await writeContainer({ manifest, tensors: new Map() }),
  });
  const edited =
    (base: Fields) =>
    ([name, why, edit, code = "invalid-manifest"]: Fault): Promise<InvalidCase> => {
      // Not `structuredClone`, which would keep that lists of names are shared.
      const manifest = JSON.parse(JSON.stringify(base)) as Fields;
      edit(manifest);
      return written(name, why, code, JSON.stringify(manifest));
    };
  return Promise.all([
    ...TEXT_FAULTS.map(([name, why, edit]) => written(name, why, "invalid-manifest", edit(JSON.stringify(ATTACK)))),
    ...ATTACK_FAULTS.map(edited(ATTACK)),
    ...THREAT_FAULTS.map(edited(THREAT)),
  ]);
}

/** The manifests that the faults are put in: without them they load. */
export async function faultlessBundles(): Promise<Uint8Array[]> {
  return Promise.all(
    [ATTACK, THREAT].map((manifest) => writeContainer({ manifest: JSON.stringify(manifest), tensors: new Map() })),
  );
}
