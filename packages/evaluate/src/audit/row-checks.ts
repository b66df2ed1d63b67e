import { equalRows, Table } from "@mlsec/preprocess";
import type { AuditedData } from "./audited-data.js";
import { type AuditFinding, finding, type RepeatedRows } from "./finding.js";
import { countOf, percent } from "./words.js";

/** From which share of rows on repetition distorts what is measured. */
const MANY = 0.01;
const EXAMPLES = 5;

/** For every row the first one that equals it: in the features, and in features and label. */
interface Firsts {
  readonly byFeatures: Int32Array;
  readonly byRow: Int32Array;
}

/** Repeated rows, rows of equal features and different labels, and test rows that the training table has. */
export function rowFindings(data: AuditedData, leftOut: readonly string[]): AuditFinding[] {
  const features = data.features.drop(leftOut);
  if (features.names.length === 0) return [];
  const byFeatures = equalRows(features);
  const labelled = Table.of([
    ["features", { kind: "number", values: Float64Array.from(byFeatures) }],
    ["label", { kind: "number", values: Float64Array.from(data.labels) }],
  ]);
  const firsts = { byFeatures, byRow: equalRows(labelled) };
  return [
    ...duplicates(data, firsts, leftOut),
    ...conflicts(data, firsts, leftOut),
    ...testRowsInTraining(data, firsts, leftOut),
  ];
}

function duplicates({ trainRows }: AuditedData, { byRow }: Firsts, leftOut: readonly string[]): AuditFinding[] {
  const evidence = repeated(byRow, 0, trainRows, leftOut);
  if (evidence.rows === 0) return [];
  const message = `${countOf(evidence.rows, "row")} (${percent(evidence.share)}) equal an earlier row in features and label: a random split puts copies on both sides.`;
  return [finding("duplicate-rows", evidence.share >= MANY ? "warning" : "note", [], message, evidence)];
}

function testRowsInTraining(
  { trainRows, labels, label }: AuditedData,
  { byFeatures, byRow }: Firsts,
  leftOut: readonly string[],
): AuditFinding[] {
  const evidence = repeated(byFeatures, trainRows, labels.length, leftOut);
  if (evidence.rows === 0) return [];
  let otherLabel = 0;
  for (let row = trainRows; row < labels.length; row++) {
    if (byFeatures[row]! < trainRows && byRow[row]! >= trainRows) otherLabel++;
  }
  const message = `${countOf(evidence.rows, "row")} (${percent(evidence.share)}) of the test table are in the training table, too${otherLabel > 0 ? `, ${otherLabel} of them with another ${JSON.stringify(label)}` : ""}: they measure memory.`;
  const severity = evidence.share >= MANY ? "error" : "warning";
  return [finding("test-rows-in-training", severity, [], message, { ...evidence, otherLabel })];
}

/** The rows of a range that equal an earlier one; in the test table, one of the training table. */
function repeated(first: Int32Array, from: number, to: number, leftOut: readonly string[]): RepeatedRows {
  const examples: [number, number][] = [];
  let rows = 0;
  for (let row = from; row < to; row++) {
    const equals = first[row]!;
    if (equals === row || (from > 0 && equals >= from)) continue;
    if (rows++ < EXAMPLES) examples.push([row - from, equals]);
  }
  return { rows, share: rows / Math.max(1, to - from), examples, leftOut };
}

function conflicts(
  { trainRows, labels, classes }: AuditedData,
  { byFeatures, byRow }: Firsts,
  leftOut: readonly string[],
): AuditFinding[] {
  // All by the number of a group's first row: how many labels the rows of these features have, and how many rows each.
  const kinds = new Int32Array(trainRows);
  const rowsOfKind = new Int32Array(trainRows);
  let labelled = 0;
  for (let row = 0; row < trainRows; row++) {
    if (labels[row]! < 0) continue;
    labelled++;
    if (rowsOfKind[byRow[row]!]!++ === 0) kinds[byFeatures[row]!]!++;
  }
  const mostOfGroup = new Int32Array(trainRows);
  const perClass = new Int32Array(classes.length);
  const examples: [number, number][] = [];
  let rows = 0;
  for (let row = 0; row < trainRows; row++) {
    const group = byFeatures[row]!;
    if (rowsOfKind[row]! > mostOfGroup[group]!) mostOfGroup[group] = rowsOfKind[row]!;
    if (labels[row]! < 0 || kinds[group]! < 2) continue;
    rows++;
    perClass[labels[row]!]!++;
    if (labels[row] !== labels[group] && labels[group]! >= 0 && examples.length < EXAMPLES) examples.push([row, group]);
  }
  if (rows === 0) return [];
  const groups = kinds.reduce((sum, count) => sum + (count > 1 ? 1 : 0), 0);
  const bestAccuracy = mostOfGroup.reduce((sum, most) => sum + most, 0) / labelled;
  const byClass = classes
    .map((name, code) => ({ class: name, rows: perClass[code]! }))
    .filter((one) => one.rows > 0)
    .sort((a, b) => b.rows - a.rows);
  const share = rows / trainRows;
  const message = `${countOf(rows, "row")} (${percent(share)}) in ${countOf(groups, "group")} have equal features and different labels (${byClass
    .slice(0, 4)
    .map((one) => one.class)
    .join(
      ", ",
    )}${byClass.length > 4 ? ", …" : ""}): no model can be right on more than ${percent(bestAccuracy)} of the rows.`;
  const evidence = { rows, share, examples, leftOut, groups, bestAccuracy, classes: byClass };
  return [finding("label-conflicts", share >= MANY ? "warning" : "note", [], message, evidence)];
}
