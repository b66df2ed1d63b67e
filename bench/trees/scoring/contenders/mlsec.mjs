// mlsec.mjs FILE FEATURES MANNER: the time that a million rows take to be scored by a model that learnt from the file's rows.
import { DecisionTreeClassifier, RandomForestClassifier } from "@mlsec/trees";
import { readLabelled, reportPerMillion, rowMajor } from "./labelled.mjs";

const [path, features, manner] = process.argv.slice(2);
const { matrix, labels } = readLabelled(path, Number(features));
if (manner === "forest") {
  const forest = await RandomForestClassifier.fit(matrix, labels, { nEstimators: 100 });
  reportPerMillion(matrix.rows, () => forest.predict(matrix));
} else {
  const tree = await DecisionTreeClassifier.fit(matrix, labels, { maxDepth: 10 });
  if (manner === "columns") reportPerMillion(matrix.rows, () => tree.predict(matrix));
  const compiled = tree.compile();
  const values = rowMajor(matrix);
  const codes = new Int32Array(matrix.rows);
  if (manner === "batch") reportPerMillion(matrix.rows, () => compiled.predictRows(values, codes));
  if (manner === "row") {
    const rows = Array.from({ length: 1000 }, (_, row) =>
      values.slice(row * matrix.columns.length, (row + 1) * matrix.columns.length),
    );
    reportPerMillion(rows.length, () => {
      for (let row = 0; row < rows.length; row++) codes[row] = compiled.predictRow(rows[row]);
    });
  }
}
