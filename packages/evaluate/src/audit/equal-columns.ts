import type { Column, TextColumn } from "@mlsec/preprocess";
import { type AuditFinding, finding } from "./finding.js";
import { quoted } from "./words.js";

/**
 * Columns that are the same in every row, in groups in the order of their first ones. Constant columns are not to be given:
 * they carry nothing that could be there twice.
 *
 * Columns are told apart by a hash over some cells, and those that it does not tell apart are compared cell by cell.
 */
export function equalColumnFindings(columns: readonly (readonly [string, Column])[], rows: number): AuditFinding[] {
  return groupsOf(columns, rows)
    .filter((names) => names.length > 1)
    .map((names) => {
      const message = `Columns ${names.map(quoted).join(", ")} are the same in every row: one of them is enough.`;
      return finding("equal-columns", "warning", names, message, { rows });
    });
}

function groupsOf(columns: readonly (readonly [string, Column])[], rows: number): string[][] {
  const byHash = new Map<number, { column: Column; names: string[] }[]>();
  const groups: string[][] = [];
  for (const [name, column] of columns) {
    const hash = hashOf(column, rows);
    const candidates = byHash.get(hash) ?? [];
    byHash.set(hash, candidates);
    const same = candidates.find((candidate) => columnsEqual(candidate.column, column));
    if (same !== undefined) {
      same.names.push(name);
      continue;
    }
    const names = [name];
    groups.push(names);
    candidates.push({ column, names });
  }
  return groups;
}

/** How many cells a column's hash is of: enough to tell most columns apart, few enough to cost nothing. */
const HASHED = 4096;

function hashOf(column: Column, rows: number): number {
  const step = Math.max(1, Math.floor(rows / HASHED));
  let hash = 0x811c9dc5;
  for (let row = 0; row < rows; row += step) hash = Math.imul(hash ^ cellHash(column, row), 0x01000193);
  return hash;
}

function cellHash(column: Column, row: number): number {
  if (column.kind === "text") return textHash(column.dictionary[column.codes[row]!] ?? "");
  const value = column.values[row]!;
  // The whole part, and a part of what is behind the point; NaN is 0.
  return (value ^ (value * 65536)) | 0;
}

function textHash(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i);
  return hash | 0;
}

function columnsEqual(a: Column, b: Column): boolean {
  if (a.kind === "number") return b.kind === "number" && numbersEqual(a.values, b.values);
  return b.kind === "text" && textsEqual(a, b);
}

function numbersEqual(a: Float64Array, b: Float64Array): boolean {
  for (let row = 0; row < a.length; row++) {
    if (a[row] !== b[row] && !(Number.isNaN(a[row]) && Number.isNaN(b[row]))) return false;
  }
  return true;
}

function textsEqual(a: TextColumn, b: TextColumn): boolean {
  const codeIn = new Map(b.dictionary.map((text, code) => [text, code]));
  const asB = Int32Array.from(a.dictionary, (text) => codeIn.get(text) ?? -2);
  return a.codes.every((code, row) => (code < 0 ? b.codes[row] === -1 : b.codes[row] === asB[code]));
}
