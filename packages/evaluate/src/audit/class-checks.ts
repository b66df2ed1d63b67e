import { type AuditedData, classRows } from "./audited-data.js";
import { type AuditFinding, type ClassRows, finding } from "./finding.js";
import { isShift, totalVariation } from "./shift.js";
import { countOf, percent, quoted, someClasses } from "./words.js";

/** Below how many rows a class is rare: a recall measured on a fifth of so many is uncertain by a fifth either way. */
const RARE = 100;
/** From which ratio of the most frequent to the rarest class on rows are called imbalanced. */
const IMBALANCED = 100;
/** How many classes a finding lists. */
const LISTED = 50;

/** Classes that are missing, alone, rare, new, untested, or of other shares in the test table. */
export function classFindings(data: AuditedData): AuditFinding[] {
  const found = [...missingLabels(data), ...balance(data)];
  return data.testRows === null ? found : [...found, ...newClasses(data), ...untestedClasses(data), ...shares(data)];
}

function missingLabels({ label, labels, trainRows, testRows }: AuditedData): AuditFinding[] {
  const missingIn = (codes: Int32Array): number => codes.reduce((sum, code) => sum + (code < 0 ? 1 : 0), 0);
  const rows = missingIn(labels.subarray(0, trainRows));
  const inTest = testRows === null ? null : missingIn(labels.subarray(trainRows));
  if (rows + (inTest ?? 0) === 0) return [];
  const message = `${countOf(rows, "row")} of the training table${inTest === null ? "" : ` and ${inTest} of the test table`} have no label.`;
  return [finding("missing-labels", "error", [label], message, { rows, share: rows / trainRows, testRows: inTest })];
}

function balance(data: AuditedData): AuditFinding[] {
  const classes = classRows(data.classes, data.trainCounts);
  const [mostFrequent, rarest] = [classes[0], classes.at(-1)];
  if (mostFrequent === undefined || rarest === undefined) return [];
  if (classes.length === 1) {
    const message = `Every row has the class ${quoted(mostFrequent.class)}: there is nothing to tell apart.`;
    return [finding("single-class", "error", [data.label], message, mostFrequent)];
  }
  return [...imbalance(data.label, mostFrequent, rarest), ...rareClasses(data.label, classes)];
}

function imbalance(label: string, mostFrequent: ClassRows, rarest: ClassRows): AuditFinding[] {
  const ratio = mostFrequent.rows / rarest.rows;
  if (ratio < IMBALANCED) return [];
  const message = `${quoted(mostFrequent.class)} has ${Math.round(ratio)} times as many rows as ${quoted(rarest.class)}: accuracy hides the rare classes.`;
  return [finding("class-imbalance", "warning", [label], message, { ratio, mostFrequent, rarest })];
}

function rareClasses(label: string, classes: readonly ClassRows[]): AuditFinding[] {
  const rare = classes.filter(({ rows }) => rows < RARE).reverse();
  if (rare.length === 0) return [];
  const message = `${countOf(rare.length, "class", "classes")} with fewer than ${RARE} rows: ${someClasses(rare)}. What is measured on so few is uncertain.`;
  return [finding("rare-classes", "warning", [label], message, { total: rare.length, classes: rare.slice(0, LISTED) })];
}

function newClasses(data: AuditedData): AuditFinding[] {
  const classes = onlyIn(data.testCounts, data.trainCounts, data);
  if (classes.length === 0) return [];
  const rows = classes.reduce((sum, one) => sum + one.rows, 0);
  const share = rows / data.testRows!;
  const message = `${countOf(rows, "row")} (${percent(share)}) of the test table have classes that the training table has not: ${someClasses(classes)}.`;
  return [finding("new-classes", "warning", [data.label], message, { rows, share, classes: classes.slice(0, LISTED) })];
}

function untestedClasses(data: AuditedData): AuditFinding[] {
  const classes = onlyIn(data.trainCounts, data.testCounts, data);
  if (classes.length === 0) return [];
  const message = `The test table has no rows of ${someClasses(classes)}: it cannot tell how well they are found.`;
  return [finding("untested-classes", "warning", [data.label], message, { classes: classes.slice(0, LISTED) })];
}

function shares(data: AuditedData): AuditFinding[] {
  const { distance: total, critical } = totalVariation(data.trainCounts, data.testCounts);
  if (!isShift(total, critical)) return [];
  const sumOf = (counts: Int32Array): number => counts.reduce((sum, count) => sum + count, 0);
  const [ofTrain, ofTest] = [sumOf(data.trainCounts), sumOf(data.testCounts)];
  const classes = data.classes
    .map((name, code) => ({
      class: name,
      training: data.trainCounts[code]! / ofTrain,
      test: data.testCounts[code]! / ofTest,
    }))
    .sort((a, b) => Math.abs(b.training - b.test) - Math.abs(a.training - a.test))
    .slice(0, LISTED);
  const [first] = classes;
  const message = `The classes have other shares in the test table (total variation ${total.toFixed(3)}): ${quoted(first!.class)} ${percent(first!.test)} instead of ${percent(first!.training)}.`;
  return [finding("class-shares", "warning", [data.label], message, { totalVariation: total, classes })];
}

/** The classes that have rows by some counts and none by the others, most frequent first. */
function onlyIn(counts: Int32Array, others: Int32Array, { classes }: AuditedData): ClassRows[] {
  return classRows(
    classes,
    counts.map((rows, code) => (others[code] === 0 ? rows : 0)),
  );
}
