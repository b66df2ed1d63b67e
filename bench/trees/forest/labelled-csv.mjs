import { Table, textColumn, toCsv } from "@mlsec/preprocess";
import { readLabelled } from "../scoring/contenders/labelled.mjs";

/** The labelled columns of a file as CSV, the class in the column `label`; ydf-training takes text with spaces for sets. */
export function labelledCsv(path, features) {
  const { matrix, labels } = readLabelled(path, features);
  const columns = matrix.columns.map((values, index) => [matrix.features[index], { kind: "number", values }]);
  const classes = Array.from(labels.codes, (code) => labels.classes[code].replace(" ", "-"));
  return toCsv(Table.of(columns).with("label", textColumn(classes)));
}
