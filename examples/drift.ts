import { loadDetectorFile } from "@mlsec/bundle/node";
import { DriftMonitor, driftText, driftToMarkdown } from "@mlsec/evaluate";
import { type ColumnType, readCsvBatches } from "@mlsec/preprocess";
import { csvFile } from "@mlsec/preprocess/node";
import { type Context, command, number, run } from "./shared/command.js";
import { headersOf, requireWritable, writeJson } from "./shared/files.js";
import { firstFields } from "./shared/live/csv-headers.js";

interface Options {
  readonly bundle: string;
  readonly csv: string;
  readonly allColumns?: true;
  readonly significance: number;
  readonly markdown?: true;
  readonly json?: string | true;
}

/** What the program ends with where there is drift: 1 is for what could not be done at all. */
const DRIFT = 3;

const program = command(
  "drift",
  `Compares new rows, and what a bundle's model says of them, with the rows that it was trained on. Exit code ${DRIFT} where the verdict is drift.`,
)
  .requiredOption("--bundle <file>", "bundle of either kind")
  .requiredOption("--csv <file>", "new rows, of any number: they are read in pieces")
  .option("--all-columns", "compare all columns of the training rows, not only those that the model reads")
  .option("--significance <p>", "the most probable that any alert may be without drift", number, 0.01)
  .option("--markdown", "the report as Markdown, with every column")
  .option("--json [file]", "the report as JSON, into this file or instead of the text");

await run<Options>(program, main);

async function main(options: Options, { signal }: Context): Promise<void> {
  const { csv, significance, json } = options;
  const file = typeof json === "string" ? json : undefined;
  await requireWritable(file);
  const detector = await loadDetectorFile(options.bundle);
  const { fingerprint, predictions } = detector.bundle.pipeline.provenance;
  const inputs = detector.inputs.map(({ name }) => name);
  const columns = options.allColumns ? fingerprint.columns.map(({ name }) => name) : inputs;
  const monitor = new DriftMonitor(fingerprint, { columns, predictions, significance });

  const headers = await headersOf(csv);
  const types = new Map<string, ColumnType>(fingerprint.columns.map(({ name, sketch }) => [name, sketch.type]));
  const present = new Set(Array.isArray(headers) ? headers : await firstFields(csvFile(csv)));
  // Where a column is missing all are read, so that the error can name the nearest one.
  const select = columns.every((name) => present.has(name)) ? columns : undefined;
  for await (const table of readCsvBatches(csvFile(csv), { headers, types, select, signal })) {
    // Rows that the model refuses count as rows without a prediction.
    const predict = () => ({ classes: detector.classes, ...detector.detectColumns(table, { invalidRows: "skip" }) });
    const isComplete = inputs.every((name) => table.has(name));
    monitor.add(table, predictions !== null && isComplete ? predict() : undefined);
  }
  const report = monitor.report();
  if (file !== undefined) await writeJson(file, report);
  if (json === true) console.log(JSON.stringify(report, null, 2));
  else console.log((options.markdown ? driftToMarkdown(report) : driftText(report)).trimEnd());
  if (report.verdict === "drift") process.exitCode = DRIFT;
}
