import { join } from "node:path";
import { type AttackReport, trainAttackClassifier } from "@mlsec/attack-tree";
import { loadDetector, profileJson, saveBundle } from "@mlsec/bundle";
import { formatReport } from "@mlsec/evaluate";
import { concatTables } from "@mlsec/preprocess";
import { Option } from "commander";
import { type Context, command, count, list, number, run, UsageError } from "./shared/command.js";
import { ensureFolder, readTable, requireWritable, writeFileAtomic, writeJson } from "./shared/files.js";
import { predictFile } from "./shared/predictions.js";
import { percent, printConfusion, printTable, progressBar, secondsLine } from "./shared/terminal.js";

interface Options {
  readonly trainCsvs: readonly string[];
  readonly testCsv?: string;
  readonly testSize?: number;
  readonly label: string;
  readonly excludeLabels: readonly string[];
  readonly dropColumns: readonly string[];
  readonly correlationThreshold: number;
  readonly maxDepth: number;
  readonly criterion: "gini" | "entropy";
  readonly classWeight?: "balanced" | "none";
  readonly randomState: number;
  readonly predictCsv?: string;
  readonly outputPreds?: string;
  readonly outDir: string;
  readonly json?: string;
}

const program = command(
  "train:attack",
  "Trains the attack classifier (14 classes) on CSVs of flow features and writes bundle, profile and metrics.",
)
  .requiredOption("--train-csvs <files...>", "one CSV or several with the same columns")
  .option("--test-csv <file>", "rows to measure on; without it, a part of the training rows")
  .option("--test-size <share>", "share of the rows to measure on (default: 0.2)", number)
  .option("--label <name>", "label column", "Label")
  .option("--exclude-labels <list>", "labels to leave out, comma-separated, in the file's spelling or ours", list, [])
  .option("--drop-columns <list>", "columns to drop besides the known identifiers, comma-separated", list, [])
  .option("--correlation-threshold <r>", "of two features correlated above it, the later goes", number, 0.85)
  .option("--max-depth <n>", "depth of the tree", count, 10)
  .addOption(new Option("--criterion <name>", "impurity").choices(["gini", "entropy"]).default("gini"))
  .addOption(new Option("--class-weight <name>", "weights of the classes").choices(["balanced", "none"]))
  .option("--random-state <n>", "seed", count, 42)
  .option("--predict-csv <file>", "also predict this CSV with the new model")
  .option(
    "--output-preds <file>",
    "where to write these predictions (default: attack_predictions.csv in the output folder)",
  )
  .option("--out-dir <dir>", "output folder", "out/attack")
  .option("--json <file>", "also write the metrics to this file");

await run<Options>(program, main);

async function main(options: Options, { signal }: Context): Promise<void> {
  if (options.outputPreds !== undefined && options.predictCsv === undefined)
    throw new UsageError("--output-preds needs --predict-csv.");
  if (options.testCsv !== undefined && options.testSize !== undefined) {
    throw new UsageError(
      "--test-csv gives the rows to measure on, --test-size a share of the training rows: give one of the two.",
    );
  }
  const { outDir } = options;
  await requireWritable(join(outDir, "bundle"), options.outputPreds, options.json);
  const tables = [];
  for (const path of options.trainCsvs) {
    const table = await readTable(path, signal);
    console.log(`Read ${table.rows} rows, ${table.names.length} columns from ${path}.`);
    tables.push(table);
  }
  const testTable = options.testCsv === undefined ? undefined : await readTable(options.testCsv, signal);

  const bar = progressBar();
  const { pipeline, report } = await trainAttackClassifier(concatTables(tables), {
    label: options.label,
    testTable,
    testSize: options.testSize,
    excludeLabels: options.excludeLabels,
    dropColumns: options.dropColumns,
    correlationThreshold: options.correlationThreshold,
    maxDepth: options.maxDepth,
    criterion: options.criterion,
    classWeight: options.classWeight === "balanced" ? "balanced" : undefined,
    seed: options.randomState,
    signal,
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  print(report, options.label);

  await ensureFolder(outDir);
  const bundle = await saveBundle(pipeline, { createdAt: new Date().toISOString() });
  await writeFileAtomic(join(outDir, "attack_classifier.safetensors"), bundle);
  await writeFileAtomic(join(outDir, "attack_classifier_profile.json"), profileJson(pipeline));
  await writeJson(join(outDir, "attack_classifier_metrics.json"), report);
  if (options.json !== undefined) await writeJson(options.json, report);
  console.log(
    `Wrote attack_classifier.safetensors (${bundle.length} bytes), attack_classifier_profile.json and attack_classifier_metrics.json to ${outDir}.`,
  );

  if (options.predictCsv !== undefined) {
    const out = options.outputPreds ?? join(outDir, "attack_predictions.csv");
    const { rows } = await predictFile(await loadDetector(bundle), options.predictCsv, out, { signal });
    console.log(`Wrote ${rows} predictions to ${out}.`);
  }
}

function print(report: AttackReport, wantedLabel: string): void {
  const { cleaning } = report;
  if (report.labelColumn !== wantedLabel)
    console.log(`Label column ${JSON.stringify(wantedLabel)} is absent; took ${JSON.stringify(report.labelColumn)}.`);
  if (cleaning.droppedColumns.length > 0) console.log(`Dropped columns: ${cleaning.droppedColumns.join(", ")}.`);
  console.log(
    `Of ${cleaning.rowsRead} rows: ${cleaning.excludedRows} excluded by label, ${cleaning.missingRows} with missing cells, ` +
      `${cleaning.infiniteRows} with infinite cells, ${cleaning.duplicateRows} duplicates; ${cleaning.rowsKept} kept (${report.split}).`,
  );
  console.log(
    `Features: ${cleaning.featureColumns}, of which the correlation filter keeps ${report.features.length} (${report.constantFeatures.length} of them constant).`,
  );
  printTable(
    ["feature", "importance"],
    report.importances.slice(0, 10).map(({ feature, importance }) => [JSON.stringify(feature), importance.toFixed(4)]),
  );
  console.log(formatReport(report));
  printConfusion(report.classes, report.confusionMatrix);
  console.log(
    `Accuracy ${percent(report.accuracy)}, macro F1 ${report.macroF1.toFixed(4)}; tree of depth ${report.tree.depth} with ${report.tree.leaves} leaves.`,
  );
  console.log(`Time: ${secondsLine(report.seconds)}.`);
}
