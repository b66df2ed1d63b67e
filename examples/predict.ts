import { loadDetectorFile } from "@mlsec/bundle/node";
import type { ModelKind } from "@mlsec/preprocess";
import { Option } from "commander";
import { modelTypeOption, requireKind } from "./shared/bundles.js";
import { type Context, command, run } from "./shared/command.js";
import { requireWritable, writeJson } from "./shared/files.js";
import { predictFile } from "./shared/predictions.js";
import { printTable } from "./shared/terminal.js";

interface Options {
  readonly bundle: string;
  readonly csv: string;
  readonly out: string;
  readonly modelType?: ModelKind;
  readonly invalidRows: "error" | "skip";
  readonly json?: string;
}

const program = command(
  "predict",
  "Predicts every row of a CSV with a bundle and writes the rows with the columns prediction and probability added.",
)
  .requiredOption("--bundle <file>", "bundle of either kind")
  .requiredOption("--csv <file>", "rows with the features that the model expects")
  .requiredOption("--out <file>", "CSV to write")
  .addOption(modelTypeOption())
  .addOption(
    new Option(
      "--invalid-rows <policy>",
      "rows with missing or infinite numbers: refuse the file, or leave their prediction empty",
    )
      .choices(["error", "skip"])
      .default("error"),
  )
  .option("--json <file>", "also write the summary to this file");

await run<Options>(program, main);

async function main(options: Options, { signal }: Context): Promise<void> {
  await requireWritable(options.out, options.json);
  const detector = await loadDetectorFile(options.bundle);
  requireKind(options.bundle, detector.kind, options.modelType);
  const summary = await predictFile(detector, options.csv, options.out, { invalidRows: options.invalidRows, signal });
  printTable(["prediction", "rows"], Object.entries(summary.classes));
  const unseen = Object.entries(summary.unseenCategories).map(([name, rows]) => `${name} (${rows} rows)`);
  if (unseen.length > 0) console.log(`Categories that training had not: ${unseen.join(", ")}.`);
  if (summary.skippedRows > 0)
    console.log(`${summary.skippedRows} rows have missing or infinite numbers; their prediction is empty.`);
  console.log(`Wrote ${summary.rows} rows to ${options.out}.`);
  if (options.json !== undefined)
    await writeJson(options.json, { kind: detector.kind, digest: detector.bundle.digest, ...summary });
}
