// Trees, forests and selections on seeded data: any Node and any page must come to the same bytes, on any number of threads.

const ROWS = 3000;
const FEATURES = 12;
const CLASSES = ["a", "b", "c"];

/** Rows of three classes, with ties, a constant column, and a column that repeats another. */
export function growthData({ preprocess, numeric }) {
  const random = numeric.Random.seeded(23);
  const codes = Int32Array.from({ length: ROWS }, () => random.below(CLASSES.length));
  const columns = Array.from({ length: FEATURES }, (_, column) =>
    Float64Array.from({ length: ROWS }, (_, row) => {
      const value = random.normal() + (column % 4 === 0 ? codes[row] : 0);
      if (column === 5) return 7;
      return column % 3 === 0 ? Math.round(4 * value) : value;
    }),
  );
  columns[7] = columns[1].map((value) => 2 * value + 1);
  const names = columns.map((_, index) => `column ${index}`);
  return { matrix: preprocess.featureMatrix(names, columns), labels: { codes, classes: CLASSES } };
}

/**
 * @param packages `preprocess`, `numeric`, `trees` and `featureSelect`: the modules.
 * @param threads of the forests: a number, or a `ForestThreads`.
 * @returns SHA-256 of the JSON of each of them.
 */
export async function growthDigests({ preprocess, numeric, trees, featureSelect }, threads) {
  const { matrix, labels } = growthData({ preprocess, numeric });
  const { DecisionTreeClassifier, RandomForestClassifier } = trees;
  const grown = {
    exact: await DecisionTreeClassifier.fit(matrix, labels, { maxDepth: 10 }),
    histogram: await DecisionTreeClassifier.fit(matrix, labels, { splitter: "histogram", criterion: "entropy" }),
    forest: await RandomForestClassifier.fit(matrix, labels, { nEstimators: 20, seed: 3, threads }),
    rfe: await featureSelect.rfe(matrix, labels, { nFeatures: 4, nEstimators: 5, forest: { threads } }),
    correlation: featureSelect.correlationFilter(matrix),
  };
  const digests = {};
  for (const [name, fitted] of Object.entries(grown)) {
    const bytes = new TextEncoder().encode(JSON.stringify(fitted));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    digests[name] = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return digests;
}
