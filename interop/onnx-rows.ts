// Rows for test_onnx.py: real ones, and such as are made to fall on the borders of a model.
import type { Bundle } from "../packages/bundle/src/index.js";
import type { Cell, InputRecord, Table } from "../packages/preprocess/src/index.js";
import type { FittedTree } from "../packages/trees/src/index.js";

type Row = Record<string, Cell>;

/** The model's columns of some rows. */
export function rowsOf({ pipeline }: Bundle, table: Table, count: number): Row[] {
  const names = pipeline.preprocessor.inputs.map(({ name }) => name);
  const own = table.select(names);
  return Array.from({ length: Math.min(count, table.rows) }, (_, row) => ({ ...own.record(row) }) as Row);
}

/** The trees of a model, each with the place of its features among those of the preprocessor. */
function treesOf({ pipeline }: Bundle): { tree: FittedTree; placeOf: (feature: number) => number }[] {
  if (pipeline.kind === "attack_classifier") return [{ tree: pipeline.model.tree, placeOf: (feature) => feature }];
  return pipeline.model.members.flatMap(({ columns, model }) =>
    "forest" in model
      ? (model.forest as { trees: FittedTree[] }).trees.map((tree) => ({
          tree,
          placeOf: (feature: number) => columns[feature]!,
        }))
      : [],
  );
}

/**
 * For nodes of trees that some of the rows pass: such a row twice, with the node's number moved to the last double that goes
 * left, and to the next one, which goes right. As float32 they are neighbours, one at most the threshold and one above it.
 *
 * @param most how many rows to make.
 */
export function rowsOnThresholds(bundle: Bundle, rows: readonly InputRecord[], most: number): Row[] {
  const { preprocessor } = bundle.pipeline;
  const judged = rows.flatMap((row) => {
    try {
      return [{ row, matrix: preprocessor.transformRecord(row) }];
    } catch {
      return [];
    }
  });
  const made: Row[] = [];
  for (const { tree, placeOf } of treesOf(bundle)) {
    const passed = new Map<number, InputRecord>();
    for (const { row, matrix } of judged)
      for (const node of pathOf(tree, (feature) => matrix[placeOf(feature)]!))
        if (!passed.has(node)) passed.set(node, row);
    for (const [node, row] of passed) {
      if (made.length >= most) return made;
      const place = placeOf(tree.nodes.feature[node]!);
      const goesLeft = (value: number): boolean =>
        Math.fround(preprocessor.transformNumber(place, value)) <= tree.nodes.threshold[node]!;
      const column = preprocessor.sources[place]!;
      if (typeof row[column] !== "number") continue;
      const border = lastThat(goesLeft, -1e12, 1e12);
      if (border !== null) for (const value of border) made.push({ ...row, [column]: value } as Row);
    }
  }
  return made;
}

/** The inner nodes that a row passes. */
function pathOf({ nodes }: FittedTree, value: (feature: number) => number): number[] {
  const path: number[] = [];
  for (let node = 0; nodes.left[node]! >= 0; ) {
    path.push(node);
    node = Math.fround(value(nodes.feature[node]!)) <= nodes.threshold[node]! ? nodes.left[node]! : nodes.right[node]!;
  }
  return path;
}

/** The last number for which something holds, and the next one, for which it does not; null where there are none. */
function lastThat(holds: (x: number) => boolean, low: number, high: number): [number, number] | null {
  if (!holds(low) || holds(high)) return null;
  let [left, right] = [low, high];
  for (;;) {
    const middle = left / 2 + right / 2;
    if (middle <= left || middle >= right) return [left, right];
    if (holds(middle)) left = middle;
    else right = middle;
  }
}

const ODD_NUMBERS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  -1,
  1e-300,
  5e-324,
  -5e-324,
  3.4028235677973366e38,
  3.4028235677973362e38,
  -1e39,
  1e300,
  Number.MAX_VALUE,
  16777217,
];
const ODD_TEXTS = [null, "no such category", " tcp", "TCP", "ä😀"];

/** A row with each of its cells in turn replaced by numbers and texts that are odd, or none. */
export function oddRows({ pipeline }: Bundle, row: InputRecord): Row[] {
  return pipeline.preprocessor.inputs.flatMap(({ name, type }) =>
    (type === "number" ? ODD_NUMBERS : ODD_TEXTS).map((cell) => ({ ...row, [name]: cell }) as Row),
  );
}
