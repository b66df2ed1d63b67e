import type { ColumnProfile } from "./column-profile.js";
import { type AuditFinding, type CellCount, finding } from "./finding.js";
import { countOf, percent, quoted } from "./words.js";

/** From which share of equal cells on a column is called nearly constant. */
const NEARLY_ALL = 0.999;
/** Below which share negative cells are called few. */
const FEW = 0.01;

/** Constant and nearly constant columns; missing, infinite and oddly negative cells. */
export function cellFindings(name: string, train: ColumnProfile, test: ColumnProfile | null): AuditFinding[] {
  return [
    ...constancy(name, train),
    ...cells("missing-cells", "missing", name, train, test, ({ missing }) => missing),
    ...cells("infinite-cells", "infinite", name, train, test, infinite),
    ...fewNegatives(name, train, test),
  ];
}

function constancy(name: string, { rows, missing, commonest }: ColumnProfile): AuditFinding[] {
  if (rows < 2) return [];
  if (commonest === null) {
    const message = `Column ${quoted(name)} is missing in every row.`;
    return [finding("constant-column", "warning", [name], message, { value: null })];
  }
  // JSON has no infinities.
  const value = Number.isFinite(commonest.value) ? commonest.value : String(commonest.value);
  const otherRows = rows - commonest.rows;
  if (otherRows === 0) {
    const message = `Column ${quoted(name)} is ${JSON.stringify(value)} in every row.`;
    return [finding("constant-column", "warning", [name], message, { value })];
  }
  if (missing > 0 || commonest.rows < NEARLY_ALL * rows) return [];
  const message = `Column ${quoted(name)} is ${JSON.stringify(value)} in all but ${countOf(otherRows, "row")}, which may still tell a rare class.`;
  return [finding("near-constant-column", "note", [name], message, { value, otherRows })];
}

function cells(
  check: "missing-cells" | "infinite-cells",
  what: string,
  name: string,
  train: ColumnProfile,
  test: ColumnProfile | null,
  countIn: (profile: ColumnProfile) => number,
): AuditFinding[] {
  const evidence = cellCount(train, test, countIn);
  if (evidence.rows + (evidence.testRows ?? 0) === 0) return [];
  const message = `Column ${quoted(name)} has ${countOf(evidence.rows, `${what} cell`)} (${percent(evidence.share)})${inTest(evidence)}.`;
  return [finding(check, "warning", [name], message, evidence)];
}

function fewNegatives(name: string, train: ColumnProfile, test: ColumnProfile | null): AuditFinding[] {
  const evidence = cellCount(train, test, negative);
  if (evidence.rows === 0 || evidence.share >= FEW) return [];
  const least = train.sorted.find(Number.isFinite)!;
  const message = `Column ${quoted(name)} is below zero in only ${countOf(evidence.rows, "row")}, down to ${least}: an overflow, or a marker?`;
  return [finding("few-negatives", "note", [name], message, { ...evidence, least })];
}

function cellCount(
  train: ColumnProfile,
  test: ColumnProfile | null,
  countIn: (profile: ColumnProfile) => number,
): CellCount {
  const rows = countIn(train);
  return { rows, share: rows / train.rows, testRows: test === null ? null : countIn(test) };
}

function inTest({ testRows }: CellCount): string {
  return testRows === null ? "" : `, and ${testRows} in the test table`;
}

function infinite({ sorted }: ColumnProfile): number {
  return negativeInfinities(sorted) + positiveInfinities(sorted);
}

/** Finite numbers below zero. */
function negative({ sorted }: ColumnProfile): number {
  let below = 0;
  while (below < sorted.length && sorted[below]! < 0) below++;
  return below - negativeInfinities(sorted);
}

function negativeInfinities(sorted: Float64Array): number {
  let count = 0;
  while (sorted[count] === Number.NEGATIVE_INFINITY) count++;
  return count;
}

function positiveInfinities(sorted: Float64Array): number {
  let count = 0;
  while (sorted[sorted.length - 1 - count] === Number.POSITIVE_INFINITY) count++;
  return count;
}
