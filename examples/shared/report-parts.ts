import { auditDataset, type DatasetAudit } from "@mlsec/evaluate";
import { type Fact, type FactGroup, type ReportContent, reportHtml } from "@mlsec/evaluate/report";
import { explainFeature } from "@mlsec/flows";
import { type Json, MlsecError, type Progress, type Provenance, resolveColumn, type Table } from "@mlsec/preprocess";
import { ensureFolderOf, writeFileAtomic } from "./files.js";
import { progressBar } from "./terminal.js";

type OnProgress = (progress: Progress) => void;

/** Where a model's data came from, and how the measuring may be stopped. */
export interface ReportedTraining {
  readonly trainFiles: readonly string[];
  readonly testFile: string | undefined;
  readonly table: Table;
  readonly testTable: Table | undefined;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** A whole number as it is read: 25,192. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

/** Writes a report, whole or not at all. */
export async function writeReport(path: string, content: ReportContent): Promise<void> {
  const html = await reportHtml(content);
  await ensureFolderOf(path);
  await writeFileAtomic(path, html);
  console.log(`Wrote the report to ${path}.`);
}

/** Does something that takes a while behind a progress bar. */
export async function withBar<Result>(action: (onProgress: OnProgress) => Promise<Result>): Promise<Result> {
  const bar = progressBar();
  return action(bar.onProgress).finally(bar.stop);
}

/** The audit of the files as they were read: of the columns that both have, where there is a file to test on. */
export function auditOf(
  { table, testTable, seed, signal }: ReportedTraining,
  label: string,
  onProgress: OnProgress,
): Promise<DatasetAudit> {
  const options = { label, seed, signal, onProgress };
  if (testTable === undefined) return auditDataset(table, options);
  // Training takes a label column of other outer spaces, and needs no column that it leaves out.
  const test = testTable.with(label, testTable.column(resolveColumn(testTable.names, label)));
  return auditDataset(table.drop(table.names.filter((name) => !test.has(name))), { ...options, test });
}

/** The files, as facts of the data. */
export function fileFacts({ trainFiles, testFile }: ReportedTraining): Fact[] {
  return [
    { name: "training files", value: trainFiles },
    { name: "test file", value: testFile ?? null },
  ];
}

/** Where a model comes from, as facts: what must be the same for the same model to be trained again. */
export function originFacts({ seed, fingerprint, options, libraries }: Provenance): FactGroup[] {
  return [
    {
      title: "Training",
      facts: [
        { name: "seed", value: String(seed) },
        ...Object.entries(options).map(([name, value]) => ({ name, value: plain(value) })),
      ],
    },
    {
      title: "Origin",
      facts: [
        { name: "SHA-256 of the training rows", value: fingerprint.sha256 },
        ...Object.entries(libraries).map(([name, version]) => ({ name, value: version })),
      ],
    },
  ];
}

/** What the columns are that a model reads, as far as they are known features of flows or connections. */
export function featureFacts(columns: readonly string[], flowProfile: string | null): FactGroup[] {
  const facts = columns.flatMap((column): Fact[] => {
    const known = explanationOf(column);
    if (known === undefined) return [];
    const { meaning, unit, formula, differences } = known;
    const own = differences.find(({ profile }) => profile === flowProfile)?.text;
    const made = own === undefined ? formula : `${formula}; under ${flowProfile}: ${own}`;
    return [{ name: column, value: `${meaning}${unit === null ? "" : `, in ${unit}`}. Made of: ${made}.` }];
  });
  return facts.length === 0 ? [] : [{ title: "What its columns are", facts }];
}

function explanationOf(column: string): ReturnType<typeof explainFeature> | undefined {
  try {
    return explainFeature(column);
  } catch (error) {
    // A column of the user's own.
    if (error instanceof MlsecError && error.code === "unknown-feature") return undefined;
    throw error;
  }
}

function plain(value: Json): Fact["value"] {
  return value !== null && typeof value === "object" ? JSON.stringify(value) : (value as Fact["value"]);
}
