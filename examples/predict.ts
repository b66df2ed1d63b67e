import { BundleError } from "@mlsec/bundle";
import { loadDetectorFile } from "@mlsec/bundle/node";
import { Option } from "commander";
import { type Context, command, run } from "./shared/command.js";
import { writeJson } from "./shared/files.js";
import { predictFile } from "./shared/predictions.js";
import { printTable } from "./shared/terminal.js";

interface Options {
  readonly bundle: string;
  readonly csv: string;
  readonly out: string;
  readonly modelType?: "threat_detector" | "attack_classifier";
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
  .addOption(
    new Option("--model-type <kind>", "the kind that the bundle must have").choices([
      "threat_detector",
      "attack_classifier",
    ]),
  )
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
  const detector = await loadDetectorFile(options.bundle);
  if (options.modelType !== undefined && detector.kind !== options.modelType) {
    throw new BundleError(
      "wrong-kind",
      `${options.bundle} holds a model of the kind ${detector.kind}, not ${options.modelType}. Give the other bundle.`,
      {
        expected: options.modelType,
        got: detector.kind,
      },
    );
  }
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
