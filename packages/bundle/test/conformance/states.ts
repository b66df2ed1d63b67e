import type { Random } from "@mlsec/preprocess/numeric";

/** A part of a manifest, typed arrays as lists of numbers. */
export type Fields = Record<string, any>;

/** A node of a tree as it is drawn: a question, or the training rows of each class that reached a leaf. */
export type Drawn =
  | {
      readonly feature: number;
      readonly threshold: number;
      readonly missingLeft?: boolean;
      readonly left: Drawn;
      readonly right: Drawn;
    }
  | {
      readonly rows: readonly number[];
      /** The classes' shares of the weight; default their shares of the rows. */
      readonly shares?: readonly number[];
    };

/** The node arrays of a tree, depth first, left before right. */
export function nodesOf(root: Drawn): Fields {
  const nodes: Fields = {
    feature: [],
    threshold: [],
    missingLeft: [],
    left: [],
    right: [],
    impurity: [],
    samples: [],
    weightedSamples: [],
    value: [],
  };
  const shares: number[][] = [];
  const visit = (drawn: Drawn): number => {
    const node = nodes["feature"].push("feature" in drawn ? drawn.feature : -1) - 1;
    nodes["threshold"].push("feature" in drawn ? drawn.threshold : 0);
    nodes["missingLeft"].push("feature" in drawn && drawn.missingLeft ? 1 : 0);
    if ("rows" in drawn) {
      const rows = drawn.rows.reduce((sum, count) => sum + count, 0);
      nodes["left"].push(-1);
      nodes["right"].push(-1);
      nodes["samples"].push(rows);
      shares[node] = [...(drawn.shares ?? drawn.rows.map((count) => count / rows))];
    } else {
      // So that the children come after: they are numbered as they are visited.
      nodes["left"].push(0);
      nodes["right"].push(0);
      nodes["samples"].push(0);
      const left = visit(drawn.left);
      const right = visit(drawn.right);
      const [l, r] = [nodes["samples"][left], nodes["samples"][right]];
      nodes["left"][node] = left;
      nodes["right"][node] = right;
      nodes["samples"][node] = l + r;
      shares[node] = shares[left]!.map((share, code) => (share * l + shares[right]![code]! * r) / (l + r));
    }
    return node;
  };
  visit(root);
  nodes["impurity"] = shares.map((own) => 1 - own.reduce((sum, share) => sum + share * share, 0)).map(Math.abs);
  nodes["weightedSamples"] = [...nodes["samples"]];
  nodes["value"] = shares.flat();
  return nodes;
}

/** A tree as state, and the rows of each class in its leaves. */
export function treeOf(classes: readonly string[], features: readonly string[], root: Drawn): Fields {
  return { classes, features, nodes: nodesOf(root) };
}

export function leafCountsOf(drawn: Drawn): number[] {
  return "rows" in drawn ? [...drawn.rows] : [...leafCountsOf(drawn.left), ...leafCountsOf(drawn.right)];
}

/** A forest as state: the nodes of its trees one after another. */
export function forestOf(classes: readonly string[], features: readonly string[], roots: readonly Drawn[]): Fields {
  const trees = roots.map(nodesOf);
  const names = Object.keys(trees[0]!);
  return {
    classes,
    features,
    nodeCounts: trees.map((nodes) => nodes["feature"].length),
    nodes: Object.fromEntries(names.map((name) => [name, trees.flatMap((nodes) => nodes[name])])),
  };
}

const WEIGHTS: Record<string, (width: number, units: number) => Record<string, number>> = {
  dense: (width, units) => ({ kernel: width * units, bias: units }),
  lstm: (width, units) => ({ kernel: 4 * width * units, recurrent: 4 * units * units, bias: 4 * units }),
  batchNorm: (width) => ({ gamma: width, beta: width, mean: width, variance: width }),
  dropout: () => ({}),
};

/** Large enough that activations are bent and cut, and so that no bias decides alone. */
function drawnWeight(name: string, random: Random): number {
  if (name === "variance" || name === "gamma") return 0.25 + random.float();
  return (name === "kernel" || name === "recurrent" ? 1.25 : 0.25) * random.normal();
}

/** A network as state, its weights drawn at random. */
export function networkOf(steps: number, width: number, layers: readonly Fields[], random: Random): Fields {
  let last = width;
  const weights = layers.map((layer) => {
    const units: number = layer["units"] ?? last;
    const made = Object.fromEntries(
      Object.entries(WEIGHTS[layer["type"]]!(last, units)).map(([name, count]) => [
        name,
        Array.from({ length: count }, () => Math.fround(drawnWeight(name, random))),
      ]),
    );
    last = units;
    return made;
  });
  return { steps, width, layers, weights };
}

/** What a manifest has whatever it is of. */
export function manifestOf(kind: string, classes: readonly string[], own: Fields): Fields {
  const isThreat = kind === "threat_detector";
  return {
    formatVersion: "1.0",
    kind,
    createdAt: null,
    classes,
    attackClass: isThreat ? classes[1] : null,
    normalClass: classes[0],
    threshold: isThreat ? { value: 0.5, chosenBy: "default" } : null,
    baseline: null,
    provenance: provenanceOf({}),
    ...own,
  };
}

export function provenanceOf(own: Fields): Fields {
  return {
    seed: 1,
    split: "none",
    metrics: [],
    fingerprint: { sha256: "0".repeat(64), rows: 0, columns: [] },
    predictions: null,
    libraries: {},
    options: {},
    ...own,
  };
}
