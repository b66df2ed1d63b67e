import type { TextColumn } from "@mlsec/preprocess";
import { log } from "@mlsec/preprocess/numeric";
import type { ColumnProfile } from "./column-profile.js";
import { type AuditFinding, finding } from "./finding.js";
import { countOf, percent, quoted } from "./words.js";

/** From which distance on a shift is worth a note, and a warning. Smaller ones change no decision. */
const NOTABLE = 0.1;
const LARGE = 0.25;
/** How improbable a distance must be, were there no shift, to be reported. */
const SIGNIFICANCE = 0.001;
/** How many new categories are listed. */
const LISTED = 10;

/** How far the test table's numbers are from the training table's. */
export function numberShift(name: string, train: ColumnProfile, test: ColumnProfile): AuditFinding[] {
  const [n, m] = [train.sorted.length, test.sorted.length];
  if (n === 0 || m === 0) return [];
  const distance = kolmogorovSmirnov(train.sorted, test.sorted);
  // The asymptotic critical value (Smirnov, 1948); ties make it stricter.
  const critical = Math.sqrt((-log(SIGNIFICANCE / 2) / 2) * (1 / n + 1 / m));
  return shiftFinding(name, "kolmogorov-smirnov", distance, critical);
}

/** New categories of the test table, and how far its shares of categories are from the training table's. */
export function textShift(
  name: string,
  { dictionary }: TextColumn,
  train: ColumnProfile,
  test: ColumnProfile,
): AuditFinding[] {
  const { distance, critical } = totalVariation(train.counts, test.counts);
  return [
    ...newCategories(name, dictionary, train, test),
    ...shiftFinding(name, "total-variation", distance, critical),
  ];
}

function shiftFinding(
  name: string,
  measure: "kolmogorov-smirnov" | "total-variation",
  distance: number,
  critical: number,
): AuditFinding[] {
  if (!isShift(distance, critical)) return [];
  const severity = distance >= LARGE ? "warning" : "note";
  const which = measure === "total-variation" ? "total variation" : "Kolmogorov–Smirnov";
  const message = `Column ${quoted(name)} is distributed differently in the test table: ${which} distance ${distance.toFixed(3)}.`;
  return [finding("shift", severity, [name], message, { measure, distance })];
}

/** Whether a distance is large enough to matter, and larger than chance makes it. */
export function isShift(distance: number, critical: number): boolean {
  return distance >= NOTABLE && distance > critical;
}

function newCategories(
  name: string,
  dictionary: readonly string[],
  train: ColumnProfile,
  test: ColumnProfile,
): AuditFinding[] {
  const categories = dictionary
    .map((category, code) => ({ category, code, rows: test.counts[code]! }))
    .filter(({ code, rows }) => rows > 0 && train.counts[code] === 0)
    .sort((a, b) => b.rows - a.rows);
  if (categories.length === 0) return [];
  const rows = categories.reduce((sum, category) => sum + category.rows, 0);
  const share = rows / test.rows;
  const listed = categories.slice(0, LISTED).map(({ category, rows }) => ({ category, rows }));
  const message = `Column ${quoted(name)} has ${categories.length === 1 ? "a category" : `${categories.length} categories`} in ${countOf(rows, "row")} (${percent(share)}) of the test table that the training table has not: ${listed.map(({ category }) => quoted(category)).join(", ")}${categories.length > LISTED ? ", …" : ""}.`;
  return [
    finding("new-categories", "warning", [name], message, {
      rows,
      share,
      total: categories.length,
      categories: listed,
    }),
  ];
}

/** The greatest difference of the two empirical distribution functions; both samples ascending and not empty. */
export function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  let greatest = 0;
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= value) i++;
    while (j < b.length && b[j]! <= value) j++;
    greatest = Math.max(greatest, Math.abs(i / a.length - j / b.length));
  }
  return greatest;
}

/**
 * Half the sum of the differences of the shares, 0 to 1, and what it stays below by chance: its mean without a shift, at
 * most the sum of the shares' standard errors, and McDiarmid's bound (1989) of how far above the mean it gets.
 */
export function totalVariation(a: Int32Array, b: Int32Array): { distance: number; critical: number } {
  const [n, m] = [sumOf(a), sumOf(b)];
  if (n === 0 || m === 0) return { distance: 0, critical: 0 };
  let distance = 0;
  let mean = 0;
  for (let i = 0; i < a.length; i++) {
    distance += Math.abs(a[i]! / n - b[i]! / m) / 2;
    const share = (a[i]! + b[i]!) / (n + m);
    mean += Math.sqrt(share * (1 - share) * (1 / n + 1 / m)) / 2;
  }
  return { distance, critical: mean + Math.sqrt((-log(SIGNIFICANCE) / 2) * (1 / n + 1 / m)) };
}

function sumOf(counts: Int32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
