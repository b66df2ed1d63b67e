import { exampleTable } from "@mlsec/bundle";
import { loadBundleFile } from "@mlsec/bundle/node";
import { csvPieces, type ModelKind } from "@mlsec/preprocess";
import { modelTypeOption, requireKind } from "./shared/bundles.js";
import { command, count, run } from "./shared/command.js";
import { ensureFolderOf, requireWritable, writeFileAtomic, writeJson } from "./shared/files.js";

interface Options {
  readonly bundle: string;
  readonly rows: number;
  readonly out: string;
  readonly randomState: number;
  readonly modelType?: ModelKind;
  readonly json?: string;
}

const program = command(
  "export-sample",
  "Writes a CSV with exactly a model's features and plausible values, drawn from what the bundle keeps of its training rows.",
)
  .requiredOption("--bundle <file>", "bundle of either kind")
  .option("--rows <n>", "rows to write", count, 100)
  .option("--out <file>", "CSV to write", "data/examples/validation_sample.csv")
  .option("--random-state <n>", "seed", count, 42)
  .addOption(modelTypeOption())
  .option("--json <file>", "also write a summary to this file");

await run<Options>(program, async ({ bundle: path, rows, out, randomState, modelType, json }) => {
  await requireWritable(out, json);
  const { pipeline, kind, digest } = await loadBundleFile(path);
  requireKind(path, kind, modelType);
  const table = exampleTable(pipeline, rows, randomState);
  await ensureFolderOf(out);
  await writeFileAtomic(out, csvPieces(table));
  console.log(`Wrote ${table.rows} example rows with the ${table.names.length} features of the ${kind} to ${out}.`);
  if (json !== undefined) await writeJson(json, { kind, digest, rows: table.rows, features: table.names, out });
});
