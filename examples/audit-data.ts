import { auditDataset, auditText } from "@mlsec/evaluate";
import { type Context, command, count, run } from "./shared/command.js";
import { readTable, requireWritable, writeJson } from "./shared/files.js";
import { progressBar } from "./shared/terminal.js";

interface Options {
  readonly csv: string;
  readonly testCsv?: string;
  readonly label: string;
  readonly randomState: number;
  readonly json?: string | true;
}

const program = command(
  "audit:data",
  "Looks for what makes a dataset promise too much, before training on it. Exit code 1 where there are errors.",
)
  .requiredOption("--csv <file>", "rows to train on: a CSV with a header, or a headerless NSL-KDD .txt")
  .requiredOption("--label <name>", "label column")
  .option("--test-csv <file>", "rows to measure on, compared with the others")
  .option("--random-state <n>", "seed", count, 42)
  .option("--json [file]", "the audit as JSON, into this file or instead of the text");

await run<Options>(program, main);

async function main({ csv, testCsv, label, randomState, json }: Options, { signal }: Context): Promise<void> {
  const file = typeof json === "string" ? json : undefined;
  await requireWritable(file);
  const table = await readTable(csv, signal);
  const test = testCsv === undefined ? undefined : await readTable(testCsv, signal);
  const bar = progressBar();
  const audit = await auditDataset(table, {
    label,
    test,
    seed: randomState,
    signal,
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  if (file !== undefined) await writeJson(file, audit);
  console.log(json === true ? JSON.stringify(audit, null, 2) : auditText(audit).trimEnd());
  if (audit.findings.some(({ severity }) => severity === "error")) process.exitCode = 1;
}
