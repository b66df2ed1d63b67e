import { fingerprintTable, sketchPredictions, Table, textColumn } from "@mlsec/preprocess";
import { type Drawn, type Fields, leafCountsOf, manifestOf, provenanceOf, treeOf } from "./states.js";
import { INFINITE, type ValidCase } from "./valid-case.js";

const FINGERPRINT = await fingerprintTable(
  Table.of([
    ["count", { kind: "number", values: Float64Array.of(1, 2, 2, Number.NaN, Number.POSITIVE_INFINITY) }],
    ["service", textColumn(["http", null, "http", "", "rare"])],
  ]),
);

const CLASSES = ["calm", "odd"];

/** A tree that asks every feature once whether it is above a limit; its leaves tell how far a row came. */
function ladder(limits: readonly number[], feature = 0): Drawn {
  const rows = [feature + 1, 2 * feature];
  if (feature === limits.length) return { rows };
  return { feature, threshold: limits[feature]!, left: { rows }, right: ladder(limits, feature + 1) };
}

function attack(features: readonly string[], limits: readonly number[], own: Fields): Fields {
  const root = ladder(limits);
  const model = { tree: treeOf(CLASSES, features, root), leafCounts: leafCountsOf(root) };
  return manifestOf("attack_classifier", CLASSES, { model, ...own });
}

const EDGES = [-1e-7, 0, 0.1, 123456789.5, 1e21, 1.5e300];
const PIECES = ["-1e-7", "0", "0.1", "123456789.5", "1e+21"].map((edge) => `pieces>${edge}`);

/** Every step that makes numbers of numbers. */
function numbers(): Fields {
  const scaled = ["count", "rate", "size", "span"];
  const features = ["count", "rate", "size", ...PIECES, "span", "service=", "service=http", "service=<other>"];
  return attack(
    features,
    features.map(() => -0.75),
    {
      preprocessor: {
        inputs: [
          { name: "count", type: "number" },
          { name: "rate", type: "number" },
          { name: "size", type: "number" },
          { name: "pieces", type: "number" },
          { name: "span", type: "number", infinite: "missing" },
          { name: "service", type: "text", categories: ["", "http", "rare"] },
        ],
        steps: [
          { step: "log1p", scaler: { features: ["count", "size"] } },
          // Filled by what the step before made: the fill is no raw number.
          {
            step: "imputeMissing",
            imputer: {
              strategy: "median",
              fills: [
                { name: "count", value: 2.25 },
                { name: "span", value: -7 },
              ],
            },
          },
          { step: "imputeMissing", imputer: { strategy: "constant", fills: [{ name: "service", value: "http" }] } },
          { step: "clip", columns: ["rate", "size"], min: -3, max: 7.25 },
          { step: "standardScale", scaler: { features: ["rate", "count"], mean: [0.1, 3.3], scale: [0.3, 1.7] } },
          { step: "robustScale", scaler: { features: ["size"], center: [0.7], scale: [1e-3] } },
          { step: "minMaxScale", scaler: { features: ["span"], scale: [0.1], offset: [0.7] } },
          { step: "piecewiseLinear", encoder: { columns: [{ name: "pieces", edges: EDGES }] } },
          {
            step: "oneHotEncode",
            encoder: {
              unknown: "infrequentIfExist",
              missing: "error",
              columns: [{ name: "service", categories: ["", "http"], rare: ["rare"], other: true }],
            },
          },
          {
            step: "minMaxScale",
            scaler: { features: [...scaled].reverse(), scale: [1, 3, 1, 1], offset: [0, 0.1, 0, 0] },
          },
        ],
      },
      provenance: provenanceOf({
        seed: 9007199254740991,
        split: "none: drawn by hand",
        metrics: [{ measuredOn: "no rows", rows: 0, values: { accuracy: 0.5, byClass: { calm: [1, 2], odd: null } } }],
        fingerprint: FINGERPRINT,
        predictions: sketchPredictions(
          "the rows of the fingerprint",
          CLASSES,
          Int32Array.of(0, 1, 0, -1, 0),
          Float64Array.of(0.5, 1, 0.75, Number.NaN, 0.25),
        ),
        flowProfile: "cic2017",
        libraries: { "@mlsec/bundle": "0.0.0" },
        options: { maxDepth: 3, classWeight: null },
      }),
    },
  );
}

function numberRow(own: Fields): Fields {
  return { count: 3, rate: 0.25, size: 100, pieces: 0.05, span: 1, service: "http", ...own };
}

const NUMBER_ROWS: readonly Fields[] = [
  numberRow({}),
  ...[0, -0.5, 1e-17, -1e-9, 0.41421356237309515, 1, 1e9, -1e9, 1.7976931348623157e308, 5e-324, null].map((count) =>
    numberRow({ count }),
  ),
  ...[-3, -3.0000000000000004, 7.25, 7.250000000000001, -1e300, 1e300, null].map((rate) => numberRow({ rate })),
  ...[-1, 0, 0.7, 1234567890123, -1.7976931348623157e308].map((size) => numberRow({ size })),
  ...[...EDGES, -1e300, 1e-300, 1 / 3, 1e10, 1e22, 1.6e308, -1.7e308, INFINITE].map((pieces) => numberRow({ pieces })),
  ...[0.1, 1e308, -3e37, 3.4e39, null, INFINITE].map((span) => numberRow({ span })),
  ...["", "rare", "ssh", null, 0].map((service) => numberRow({ service })),
  numberRow({ count: null, span: null, service: null }),
];

/** Every policy of every encoder, each on a column of its own; names that are hard for a reader. */
function categories(): Fields {
  const known = ["a", "b"];
  const policies = ["error", "ignore", "other", "infrequentIfExist"];
  const oneHot = policies.flatMap((unknown) =>
    policies.map((missing) => ({
      name: `hot ${unknown}/${missing}`,
      unknown,
      missing,
      rare: unknown === missing ? ["r"] : [],
      // `infrequentIfExist` has a place only where training had need of one.
      other: unknown === missing || unknown === "other" || missing === "other",
    })),
  );
  const ordinal = ["error", "ignore", "other"].flatMap((unknown) =>
    ["error", "ignore", "other"].map((missing) => ({
      name: `code ${unknown}/${missing}`,
      unknown,
      missing,
      rare: unknown === missing ? ["r"] : [],
      other: true,
    })),
  );
  const hard = {
    name: "__proto__",
    categories: ["", "constructor", "\u{10400}", "\uff5e", '"\\\n', "0.1", "1e+21", "1e-7", "-5", "Infinity"],
  };
  const encoder = ({ name, unknown, missing, rare, other }: (typeof oneHot)[number]): Fields => ({
    unknown,
    missing,
    columns: [{ name, categories: known, rare, other }],
  });
  const features = [
    ...oneHot.flatMap(({ name, other }) => [...known, ...(other ? ["<other>"] : [])].map((text) => `${name}=${text}`)),
    ...ordinal.map(({ name }) => name),
    hard.name,
  ];
  const inputs = [...oneHot, ...ordinal].map(({ name, rare }) => ({
    name,
    type: "text",
    categories: [...known, ...rare],
  }));
  return attack(
    features,
    features.map(() => -1),
    {
      preprocessor: {
        inputs: [...inputs, { ...hard, type: "text" }],
        steps: [
          ...oneHot.map((column) => ({ step: "oneHotEncode", encoder: encoder(column) })),
          ...ordinal.map((column) => ({ step: "ordinalEncode", encoder: encoder(column) })),
          {
            step: "ordinalEncode",
            encoder: { unknown: "other", missing: "other", columns: [{ ...hard, rare: [], other: true }] },
          },
        ],
      },
    },
  );
}

function categoryRows(): Fields[] {
  const { inputs } = categories()["preprocessor"] as { inputs: { name: string; categories: string[] }[] };
  const row = (own: Fields): Fields => {
    const cells = inputs.map(({ name, categories: known }): [string, unknown] => [name, known[0]]);
    return Object.fromEntries([...cells, ...Object.entries(own)]);
  };
  const of = (name: string, cell: unknown): Fields => row(Object.fromEntries([[name, cell]]));
  const policied = inputs.slice(0, -1);
  return [
    row({}),
    row(Object.fromEntries(policied.map(({ name }) => [name, "b"]))),
    ...policied.flatMap(({ name }) => [of(name, "new"), of(name, null)]),
    row(
      Object.fromEntries(
        policied.filter(({ categories: known }) => known.includes("r")).map(({ name }) => [name, "r"]),
      ),
    ),
    ...["constructor", "\u{10400}", "\uff5e", '"\\\n', "toString", null].map((cell) => of("__proto__", cell)),
    // The shortest decimal, with an exponent from 1e21 up and below 1e-6.
    ...[0.1, 1e21, 1e-7, 1e20, 0.000001, -5, 0, INFINITE].map((cell) => of("__proto__", cell)),
    of("hot other/other", "new"),
    row({ "hot other/other": "new", "code other/other": null }),
  ];
}

/** Bundles whose steps matter, with trees that look at every number that they make. */
export const STEP_BUNDLES: readonly ValidCase[] = [
  {
    name: "numbers",
    about: "every step on numbers: log1p, imputation, clipping, the three scalers, pieces; sketches and metrics",
    manifest: numbers(),
    rows: NUMBER_ROWS,
  },
  {
    name: "categories",
    about: "every policy of both encoders for unknown and missing categories; rare ones; numbers as categories",
    manifest: categories(),
    rows: categoryRows(),
  },
];
