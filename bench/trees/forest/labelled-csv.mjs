import { Table, textColumn, toCsv } from "@mlsec/preprocess";
import { readLabelled } from "../scoring/contenders/labelled.mjs";

/** The labelled columns of a file as CSV, the class in the column `label`. */
export function labelledCsv(path, features) {
  const { matrix, labels } = readLabelled(path, features);
  const columns = matrix.columns.map((values, index) => [matrix.features[index], { kind: "number", values }]);
  return toCsv(Table.of(columns).with("label", textColumn(Array.from(labels.codes, (code) => labels.classes[code]))));
}
