import { equalRows, Table } from "@mlsec/preprocess";
import { type AuditedData, classRows, countCodes } from "./audited-data.js";
import { type AuditFinding, finding, type RepeatedRows } from "./finding.js";
import { countOf, percent, someClasses } from "./words.js";

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

function conflicts(data: AuditedData, firsts: Firsts, leftOut: readonly string[]): AuditFinding[] {
  const { trainRows, labels, classes } = data;
  const { mixed, rowsOfKind } = mixedRows(data, firsts);
  if (mixed.length === 0) return [];
  const groups = new Map<number, { readonly row: number; most: number }>();
  const examples: [number, number][] = [];
  for (const row of mixed) {
    const feature = firsts.byFeatures[row]!;
    const group = groups.get(feature) ?? { row, most: 0 };
    groups.set(feature, group);
    group.most = Math.max(group.most, rowsOfKind[firsts.byRow[row]!]!);
    if (labels[row] !== labels[group.row] && examples.length < EXAMPLES) examples.push([row, group.row]);
  }
  const errors = Array.from(groups.values()).reduce((left, { most }) => left - most, mixed.length);
  const counts = countCodes(
    mixed.map((row) => labels[row]!),
    classes.length,
  );
  const evidence = {
    rows: mixed.length,
    share: mixed.length / trainRows,
    examples,
    leftOut,
    groups: groups.size,
    errors,
    classes: classRows(classes, counts),
  };
  const message = `${countOf(evidence.rows, "row")} (${percent(evidence.share)}) in ${countOf(evidence.groups, "group")} have equal features and different labels (${someClasses(evidence.classes)}): any model is wrong on at least ${errors} of them.`;
  return [finding("label-conflicts", evidence.share >= MANY ? "warning" : "note", [], message, evidence)];
}

/** The labelled training rows whose features occur with several labels; and how many rows there are like each first one. */
function mixedRows(
  { trainRows, labels }: AuditedData,
  { byFeatures, byRow }: Firsts,
): { mixed: Int32Array; rowsOfKind: Int32Array } {
  const rowsOfKind = new Int32Array(trainRows);
  const kinds = new Int32Array(trainRows);
  const labelled = Int32Array.from(labels.subarray(0, trainRows).keys()).filter((row) => labels[row]! >= 0);
  for (const row of labelled) if (rowsOfKind[byRow[row]!]!++ === 0) kinds[byFeatures[row]!]!++;
  return { mixed: labelled.filter((row) => kinds[byFeatures[row]!]! > 1), rowsOfKind };
}
