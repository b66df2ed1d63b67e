import { Random } from "@mlsec/preprocess/numeric";
import { type Drawn, type Fields, forestOf, manifestOf, networkOf } from "./states.js";
import type { ValidCase } from "./valid-case.js";

const CLASSES = ["Normal", "Attack"];
const LOGIT = { type: "dense", units: 1, activation: "linear" };
const dense = (units: number, activation = "relu"): Fields => ({ type: "dense", units, activation });
const lstm = (units: number, returnSequences: boolean, recurrentActivation?: string): Fields => ({
  type: "lstm",
  units,
  returnSequences,
  ...(recurrentActivation !== undefined && { recurrentActivation }),
});
const BATCH_NORM = { type: "batchNorm" };
const DROPOUT = { type: "dropout", rate: 0.2 };

function threat(own: Fields): Fields {
  return manifestOf("threat_detector", CLASSES, own);
}

/** The rows of a small data set, drawn from a seed. */
function drawnRows(count: number, seed: number, draw: (random: Random) => Fields): Fields[] {
  const random = Random.seeded(seed);
  return Array.from({ length: count }, () => draw(random));
}

const NUMBERS = ["a", "b", "c"].map((name) => ({ name, type: "number" }));
const places = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const single = (count: number, draw: () => number): number[] =>
  Array.from({ length: count }, () => Math.fround(draw()));

function ensemble(
  features: readonly string[],
  sources: readonly string[],
  members: readonly Fields[],
  own: Fields = {},
): Fields {
  return { features, sources, members, calibration: null, familiarity: null, history: [], ...own };
}

/** Batch normalisation before, between and after dense layers; activations; Platt's calibration; familiarity. */
function annManifest(): Fields {
  const random = Random.seeded(589);
  const layers = [
    BATCH_NORM,
    dense(6),
    BATCH_NORM,
    DROPOUT,
    BATCH_NORM,
    dense(5, "linear"),
    dense(9),
    BATCH_NORM,
    LOGIT,
  ];
  const names = ["a", "b", "c"];
  return threat({
    threshold: { value: 0.25, chosenBy: "drawn by hand" },
    preprocessor: {
      inputs: NUMBERS,
      steps: [
        { step: "log1p", scaler: { features: ["b"] } },
        { step: "robustScale", scaler: { features: ["a", "b"], center: [0.5, 3], scale: [2, 1.5] } },
      ],
    },
    baseline: [0, 1.5, -2],
    model: ensemble(
      names,
      names,
      [{ name: "ann", fold: null, weight: 1, columns: [0, 1, 2], network: networkOf(1, 3, layers, random) }],
      {
        calibration: { method: "platt", slope: 1.25, intercept: -0.3 },
        familiarity: {
          columns: [0, 2],
          prototypes: single(10, () => random.normal()),
          distances: [0, 0.01, 0.05, 0.05, 0.2, 0.5, 1, 2, 5, 30],
        },
        history: [{ member: "ann", fold: null, epochs: 12, bestEpoch: 9, validationLoss: 0.125 }],
      },
    ),
  });
}

/** Sequences handed on, gates of each kind, batch normalisation between LSTMs, steps of unequal width; an isotonic calibration. */
function lstmManifest(): Fields {
  const random = Random.seeded(165);
  const features = ["a", "proto=tcp", "proto=udp", "proto=<other>", "b>-1", "b>0.5"];
  const sources = ["a", "proto", "proto", "proto", "b", "b"];
  // Own columns in an order of their own: the steps are proto, a, b.
  const columns = [2, 0, 4, 1, 5, 3];
  const layers = [
    lstm(5, true),
    BATCH_NORM,
    lstm(4, true, "hardSigmoid5"),
    DROPOUT,
    lstm(3, false, "hardSigmoid6"),
    dense(4),
    LOGIT,
  ];
  return threat({
    preprocessor: {
      inputs: [NUMBERS[0], { name: "proto", type: "text", categories: ["rare", "tcp", "udp"] }, NUMBERS[1]],
      steps: [
        { step: "piecewiseLinear", encoder: { columns: [{ name: "b", edges: [-1, 0.5, 4] }] } },
        {
          step: "oneHotEncode",
          encoder: {
            unknown: "infrequentIfExist",
            missing: "infrequentIfExist",
            columns: [{ name: "proto", categories: ["tcp", "udp"], rare: ["rare"], other: true }],
          },
        },
      ],
    },
    model: ensemble(
      features,
      sources,
      [{ name: "lstm", fold: null, weight: 1, columns, network: networkOf(3, 3, layers, random) }],
      {
        calibration: {
          method: "isotonic",
          scores: [-4, -1.5, -1, -0.5, 0.5, 3],
          probabilities: [0, 0.1, 0.3, 0.3, 0.9, 1],
        },
      },
    ),
  });
}

const VOTES: readonly Drawn[] = [
  { feature: 0, threshold: 0.1, left: { rows: [3, 1] }, right: { rows: [1, 3] } },
  {
    feature: 1,
    threshold: 1.5,
    left: { rows: [1, 0] },
    right: { feature: 0, threshold: -1, left: { rows: [2, 1] }, right: { rows: [0, 4] } },
  },
  { rows: [1, 1] },
  // Shares whose sum is 1 as nearly as is asked: all of them count.
  { rows: [1, 0], shares: [1, 5e-7] },
];

/** A forest that votes alone; some rows get exactly the threshold, which is no attack. */
function forestManifest(): Fields {
  return threat({
    threshold: { value: (1.75 + 5e-7) / 4, chosenBy: "drawn by hand" },
    preprocessor: {
      inputs: [NUMBERS[0], { name: "proto", type: "text", categories: ["icmp", "tcp", "udp"] }],
      steps: [
        {
          step: "ordinalEncode",
          encoder: {
            unknown: "other",
            missing: "other",
            columns: [{ name: "proto", categories: ["icmp", "tcp", "udp"], rare: [], other: true }],
          },
        },
      ],
    },
    baseline: [0.25, null],
    model: ensemble(
      ["a", "proto"],
      ["a", "proto"],
      [{ name: "forest", fold: null, weight: 1, columns: [0, 1], forest: forestOf(["0", "1"], ["f0", "f1"], VOTES) }],
    ),
  });
}

/** All kinds of members over a union of two preprocessors, folds, unequal votes. */
function ensembleManifest(): Fields {
  const random = Random.seeded(13);
  const encoder = {
    unknown: "other",
    missing: "other",
    columns: [{ name: "proto", categories: ["icmp", "tcp"], rare: ["udp"], other: true }],
  };
  const proto = { name: "proto", type: "text", categories: ["icmp", "tcp", "udp"] };
  // Missing cells of c are refused: one of the parts that read it does not fill it.
  const fill = (value: number, ...names: readonly string[]): Fields => ({
    step: "imputeMissing",
    imputer: { strategy: "mean", fills: names.map((name) => ({ name, value })) },
  });
  const networks = ["a", "c", "proto=icmp", "proto=tcp", "proto=<other>"].map((name) => `networks: ${name}`);
  const forest = ["proto", "a", "c"].map((name) => `forest: ${name}`);
  const features = [...networks, ...forest];
  const sources = ["a", "c", "proto", "proto", "proto", "proto", "a", "c"];
  const ann = (fold: number): Fields => ({
    name: "ann",
    fold,
    weight: 0.15,
    columns: places(0, 5),
    network: networkOf(1, 5, [dense(4), BATCH_NORM, LOGIT], random),
  });
  return threat({
    createdAt: "2026-11-29T12:00:00.000Z",
    threshold: { value: 0.4, chosenBy: "drawn by hand" },
    preprocessor: {
      inputs: [NUMBERS[0], proto, NUMBERS[2]],
      steps: [
        {
          step: "union",
          parts: [
            {
              name: "networks",
              columns: ["a", "c", "proto"],
              steps: [
                fill(0.5, "a", "c"),
                { step: "standardScale", scaler: { features: ["a", "c"], mean: [0.1, 2], scale: [1.1, 3] } },
                { step: "oneHotEncode", encoder },
              ],
            },
            {
              name: "forest",
              columns: ["proto", "a", "c"],
              steps: [fill(-2, "a"), { step: "ordinalEncode", encoder }],
            },
          ],
        },
      ],
    },
    baseline: [0.5, "tcp", 2],
    model: ensemble(
      features,
      sources,
      [
        ann(1),
        ann(2),
        {
          name: "lstm",
          fold: null,
          weight: 0.3,
          columns: places(0, 5),
          network: networkOf(3, 3, [lstm(3, false), LOGIT], random),
        },
        {
          name: "forest",
          fold: null,
          weight: 0.4,
          columns: [6, 5],
          forest: forestOf(CLASSES, ["a", "proto"], VOTES),
        },
      ],
      {
        familiarity: {
          columns: places(0, 5),
          prototypes: single(15, () => random.float()),
          distances: places(0, 40).map((i) => i / 8),
        },
        history: [1, 2].map((fold) => ({ member: "ann", fold, epochs: 3, bestEpoch: 2, validationLoss: 0.5 })),
      },
    ),
  });
}

const protocol = (random: Random): string | null => ["icmp", "tcp", "udp", "rare", "gre", null][random.below(6)]!;
const EXTREMES = [0, 1e30, -1e30, 1e39, 1e-40, null];

/** The bundles of threat detectors. */
export const THREAT_BUNDLES: readonly ValidCase[] = [
  {
    name: "threat-ann",
    about:
      "a feed-forward network: dense layers, both activations, batch normalisation; Platt's calibration, familiarity",
    manifest: annManifest(),
    rows: [
      ...drawnRows(20, 21, (random) => ({ a: random.normal(), b: 20 * random.float(), c: random.normal() })),
      ...EXTREMES.map((a) => ({ a, b: 3, c: 1 })),
      ...EXTREMES.map((c) => ({ a: 1, b: 3, c })),
      // The network overflows: no verdict.
      { a: 3.4e38, b: 3, c: -3.4e38 },
    ],
  },
  {
    name: "threat-lstm",
    about: "LSTMs that hand on sequences and last states, over steps of unequal width; an isotonic calibration",
    manifest: lstmManifest(),
    rows: [
      ...drawnRows(24, 22, (random) => ({ a: 2 * random.normal(), proto: protocol(random), b: 3 * random.normal() })),
      ...EXTREMES.map((a) => ({ a, proto: "tcp", b: 0 })),
    ],
  },
  {
    name: "threat-forest",
    about: "a forest alone: probabilities at the threshold, which are no attacks; a baseline with a missing category",
    manifest: forestManifest(),
    rows: [-2, -1, 0, 0.1, 0.10000000149011612, 1].flatMap((a) =>
      ["icmp", "udp", "gre", null].map((proto) => ({ a, proto })),
    ),
  },
  {
    name: "threat-ensemble",
    about:
      "two folds of a feed-forward network, an LSTM and a forest over a union of preprocessors; imputation in both",
    manifest: ensembleManifest(),
    rows: [
      ...drawnRows(16, 23, (random) => ({ a: random.normal(), proto: protocol(random), c: 5 * random.normal() })),
      { a: null, proto: "tcp", c: 1 },
      { a: null, proto: null, c: 1 },
      { a: 1, proto: "tcp", c: null },
      { a: 3.5e38, proto: "tcp", c: 1 },
    ],
  },
];
