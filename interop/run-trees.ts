// The mlsec side of test_trees_parity.py: grows trees, looks at single nodes, and uses trees that scikit-learn grew.
import { readFileSync } from "node:fs";
import { featureMatrix } from "../packages/preprocess/src/index.js";
import {
  costComplexityPruningPath,
  DecisionTreeClassifier,
  type DecisionTreeOptions,
  type TreeNodes,
} from "../packages/trees/src/index.js";

/** Numbers; null is NaN. */
type Column = readonly (number | null)[];
type Nodes = Readonly<Record<keyof TreeNodes, readonly number[]>>;

interface Question {
  readonly columns: readonly Column[];
  readonly codes: readonly number[];
  readonly classes: readonly string[];
  readonly sampleWeight: readonly number[] | null;
  /** A tree is grown for each. */
  readonly growths: readonly Omit<DecisionTreeOptions, "sampleWeight">[];
  /** The rows of nodes: the best split of each is wanted. */
  readonly nodeOptions: Omit<DecisionTreeOptions, "sampleWeight">;
  readonly nodeRows: readonly (readonly number[])[];
  /** A tree that scikit-learn grew, and rows to send through it. */
  readonly given: Nodes;
  readonly queries: readonly Column[];
}

const questions = JSON.parse(readFileSync(0, "utf8")) as Question[];
const answers: unknown[] = [];
for (const question of questions) answers.push(await answer(question));
console.log(JSON.stringify(answers));

async function answer(question: Question): Promise<unknown> {
  const { columns, codes, classes, sampleWeight, growths, nodeOptions, nodeRows, given, queries } = question;
  const every = Array.from(codes.keys());
  const grow = (
    rows: readonly number[],
    options: Omit<DecisionTreeOptions, "sampleWeight">,
  ): Promise<DecisionTreeClassifier> =>
    DecisionTreeClassifier.fit(
      matrixOf(columns.map((column) => rows.map((row) => column[row]!))),
      { codes: Int32Array.from(rows, (row) => codes[row]!), classes },
      {
        ...options,
        sampleWeight: sampleWeight === null ? undefined : Float64Array.from(rows, (row) => sampleWeight[row]!),
      },
    );
  const trees: DecisionTreeClassifier[] = [];
  for (const options of growths) trees.push(await grow(every, options));
  const stumps: unknown[] = [];
  for (const rows of nodeRows) {
    const { feature, threshold, missingLeft } = (await grow(rows, { ...nodeOptions, maxDepth: 1 })).nodes;
    stumps.push({ feature: feature[0], threshold: threshold[0], missingLeft: missingLeft[0] });
  }
  const features = columns.map((_, index) => `f${index}`);
  const theirs = DecisionTreeClassifier.fromState({ classes, features, nodes: given });
  return { trees: trees.map((tree) => told(tree, queries)), stumps, given: told(theirs, queries) };
}

/** All that is compared of a tree. */
function told(tree: DecisionTreeClassifier, queries: readonly Column[]): unknown {
  const matrix = matrixOf(queries);
  const { ccpAlphas, impurities } = costComplexityPruningPath(tree);
  return {
    nodes: Object.fromEntries(Object.entries(tree.nodes).map(([name, values]) => [name, Array.from(values)])),
    importances: Array.from(tree.featureImportances),
    leaves: Array.from(tree.apply(matrix)),
    predictions: Array.from(tree.predict(matrix)),
    probabilities: Array.from(tree.predictProba(matrix)),
    ccpAlphas: Array.from(ccpAlphas),
    impurities: Array.from(impurities),
  };
}

function matrixOf(columns: readonly Column[]) {
  return featureMatrix(
    columns.map((_, index) => `f${index}`),
    columns.map((column) => Float64Array.from(column, (value) => value ?? Number.NaN)),
  );
}
