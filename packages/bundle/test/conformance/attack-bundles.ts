import { type Drawn, type Fields, leafCountsOf, manifestOf, nodesOf, provenanceOf, treeOf } from "./states.js";
import { aroundFloat32, INFINITE, type ValidCase } from "./valid-case.js";

const FLOW_CLASSES = ["BENIGN", "DDoS", "PortScan", "Web Attack"];

/** Thresholds that float32 does not hold, and one that it rounds values onto. */
const TENTH = 0.1;
const BEYOND_2_24 = 16777217;

const FLOWS: Drawn = {
  feature: 0,
  threshold: TENTH,
  left: {
    feature: 2,
    threshold: 1.5,
    // Two classes with equal shares: the first is the verdict.
    left: { rows: [3, 0, 3, 0] },
    // Weighted so that the class of fewer rows is the verdict: it is less sure than the runner-up.
    right: { rows: [90, 7, 0, 0], shares: [0.3, 0.7, 0, 0] },
  },
  right: {
    feature: 1,
    threshold: BEYOND_2_24,
    missingLeft: true,
    left: {
      feature: 0,
      threshold: 0.25,
      // Leaves of one class: the runner-up is from the nodes above.
      left: { rows: [0, 0, 1, 0] },
      right: { rows: [0, 0, 0, 1000] },
    },
    right: { rows: [0, 12, 0, 0] },
  },
};

const PROTOCOLS = ["icmp", "tcp", "udp"];

function flow(rate: unknown, duration: unknown, protocol: unknown, unused: unknown = 0): Fields {
  return { rate, " Flow Duration": duration, proto: protocol, unused };
}

function flowManifest(): Fields {
  return manifestOf("attack_classifier", FLOW_CLASSES, {
    preprocessor: {
      inputs: [
        { name: " Flow Duration", type: "number" },
        { name: "proto", type: "text", categories: PROTOCOLS },
        { name: "rate", type: "number" },
        { name: "unused", type: "number" },
      ],
      steps: [
        { step: "keepColumns", columns: ["rate", " Flow Duration", "proto"] },
        {
          step: "ordinalEncode",
          encoder: {
            unknown: "other",
            missing: "other",
            columns: [{ name: "proto", categories: PROTOCOLS, rare: [], other: true }],
          },
        },
      ],
    },
    model: {
      tree: treeOf(FLOW_CLASSES, ["rate", " Flow Duration", "proto"], FLOWS),
      leafCounts: leafCountsOf(FLOWS),
    },
  });
}

const FLOW_ROWS: readonly Fields[] = [
  ...aroundFloat32(TENTH).map((rate) => flow(rate, 1, "icmp")),
  ...aroundFloat32(0.25).map((rate) => flow(rate, 1, "icmp")),
  ...aroundFloat32(BEYOND_2_24).map((duration) => flow(0.5, duration, "icmp")),
  ...["icmp", "tcp", "udp", "gre", "", null].map((protocol) => flow(-1, 2, protocol)),
  // A number is a category by its shortest text.
  flow(0, 0, 6),
  flow(3.4028234663852886e38, -3.4028234663852886e38, "udp"),
  // The first doubles that float32 rounds to infinity, and the last that it does not.
  flow(3.4028235677973366e38, 0, "udp"),
  flow(3.4028235677973362e38, 0, "udp"),
  flow(1e300, 0, "udp"),
  flow(INFINITE, 0, "udp"),
  flow(null, 0, "udp"),
  // A column that no step keeps must still be there and finite.
  flow(0, 0, "udp", null),
  flow(0, 0, "udp", -1e300),
  { rate: 1, " Flow Duration": 1, unused: 1 },
  flow("fast", 0, "udp"),
  // Of several faults the first in the order of the specification.
  flow("fast", INFINITE, "udp"),
  { rate: "fast", unused: null },
];

const LEAF: Drawn = { rows: [5, 0] };

/** A tree of one node: the least that a bundle can hold. */
export function leafManifest(): Fields {
  return manifestOf("attack_classifier", ["A", "B"], {
    preprocessor: { inputs: [{ name: "x", type: "number" }], steps: [] },
    model: { tree: treeOf(["A", "B"], ["x"], LEAF), leafCounts: leafCountsOf(LEAF) },
  });
}

/** As the first bundles were, and with lists of numbers where a writer puts tensors. */
function olderManifest(): Fields {
  const classes = ["A", "B"];
  const root: Drawn = {
    feature: 0,
    threshold: 0.1,
    left: { rows: [4, 0], shares: [1, 0] },
    right: { feature: 1, threshold: -2.5, left: { rows: [1, 2] }, right: { rows: [1, 8], shares: [0.5, 0.5] } },
  };
  const { missingLeft: _, ...nodes } = nodesOf(root);
  const { predictions: _none, ...provenance } = provenanceOf({
    fingerprint: {
      sha256: "0123456789abcdef".repeat(4),
      rows: 16,
      columns: [
        {
          name: "x",
          sketch: {
            type: "number",
            count: 16,
            missing: 1,
            infinite: 2,
            mean: 0.5,
            quantiles: Array.from({ length: 41 }, (_q, i) => Math.floor(i / 10) / 4),
            integer: false,
          },
        },
      ],
    },
  });
  const {
    baseline: _null,
    createdAt: _undated,
    ...manifest
  } = manifestOf("attack_classifier", classes, {
    preprocessor: {
      inputs: [
        { name: "x", type: "number" },
        { name: "y", type: "number" },
      ],
      steps: [{ step: "standardScale", scaler: { features: ["y"], mean: [0.25], scale: [0.1] } }],
    },
    model: { tree: { classes, features: ["x", "y"], nodes } },
    provenance,
    "x-unknown": { fields: ["are", "ignored"] },
  });
  return manifest;
}

/** The bundles of attack classifiers. */
export const ATTACK_BUNDLES: readonly ValidCase[] = [
  {
    name: "tree",
    about:
      "an attack tree with leaf counts: values around thresholds, equal shares, weighted leaves, runners-up from above",
    manifest: flowManifest(),
    rows: FLOW_ROWS,
  },
  {
    name: "tree-one-leaf",
    about: "a tree of one node, which knows one class alone",
    manifest: leafManifest(),
    rows: [{ x: 0 }, { x: -0.5 }, { x: 1e38 }, { x: null }],
  },
  {
    name: "tree-lists",
    about: "lists of numbers in place of tensors, and no field that is not required; fields that nobody knows",
    manifest: olderManifest(),
    plainLists: true,
    rows: [0.1, 0.2, -1, 1].flatMap((x) => [-0.1, 0, 0.00001, -3].map((y) => ({ x, y }))),
  },
];
