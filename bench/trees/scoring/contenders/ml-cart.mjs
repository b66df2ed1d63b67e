// ml-cart.mjs FILE FEATURES MANNER: the same tree, loaded and asked by ml-cart, which would take too long to grow one.
import { DecisionTreeClassifier } from "@mlsec/trees";
import { toMlCart } from "@mlsec/trees/ml-cart";
import { DecisionTreeClassifier as MlCart } from "ml-cart";
import { Matrix } from "ml-matrix";
import { readLabelled, reportPerMillion } from "./labelled.mjs";

const [path, features, manner] = process.argv.slice(2);
const { matrix, labels } = readLabelled(path, Number(features));
const tree = await DecisionTreeClassifier.fit(matrix, labels, { maxDepth: 10 });
const peer = MlCart.load(JSON.parse(JSON.stringify(toMlCart(tree))));
const rows = Array.from({ length: manner === "row" ? 1000 : matrix.rows }, (_, row) =>
  matrix.columns.map((column) => Math.fround(column[row])),
);
const parts = manner === "row" ? rows.map((row) => new Matrix([row])) : [new Matrix(rows)];
reportPerMillion(rows.length, () => {
  for (const part of parts) peer.predict(part);
});
