import { extname } from "node:path";
import { type AttackReport, FlowRules, trainAttackClassifier } from "@mlsec/attack-tree";
import { formatReport } from "@mlsec/evaluate";
import { concatTables } from "@mlsec/preprocess";
import { Option } from "commander";
import { attackReport } from "./shared/attack-report.js";
import { type Context, command, count, list, number, run, UsageError } from "./shared/command.js";
import { ensureFolderOf, readTable, requireWritable, writeFileAtomic } from "./shared/files.js";
import { writeReport } from "./shared/report-parts.js";
import { percent, printConfusion, printTable, progressBar, secondsLine } from "./shared/terminal.js";
import { type OutputOptions, outputOptions, requireOutputs, writeTrained } from "./shared/trained.js";

interface Options extends OutputOptions {
  readonly trainCsvs: readonly string[];
  readonly testCsv?: string;
  readonly testSize?: number;
  readonly label: string;
  readonly excludeLabels: readonly string[];
  readonly otherLabels: "refuse" | "exclude" | "keep";
  readonly dropColumns: readonly string[];
  readonly correlationThreshold: number;
  readonly maxDepth: number;
  readonly criterion: "gini" | "entropy";
  readonly classWeight?: "balanced" | "square-root" | "none";
  readonly minSamplesLeaf?: number;
  readonly ccpAlpha?: number | "cross-validated";
  readonly search: boolean;
  readonly flowProfile?: string;
  readonly rules?: string;
  readonly randomState: number;
}

const CLASS_WEIGHTS = { balanced: "balanced", "square-root": "squareRoot", none: undefined } as const;

const RULES: Readonly<Record<string, (rules: FlowRules) => string>> = {
  ".txt": (rules) => rules.toText({ showWeights: true }),
  ".dot": (rules) => rules.toDot(),
  ".svg": (rules) => rules.toSvg(),
  ".json": (rules) => `${JSON.stringify(rules.toJSON(), null, 2)}\n`,
};

const program = outputOptions(
  command(
    "train:attack",
    "Trains the attack classifier (14 classes) on CSVs of flow features and writes bundle, profile and metrics.",
  )
    .requiredOption("--train-csvs <files...>", "one CSV or several with the same columns")
    .option("--test-csv <file>", "rows to measure on; without it, a part of the training rows")
    .option("--test-size <share>", "share of the rows to measure on (default: 0.2)", number)
    .option("--label <name>", "label column", "Label")
    .option("--exclude-labels <list>", "labels to leave out, comma-separated, in the file's spelling or ours", list, [])
    .addOption(
      new Option("--other-labels <what>", "what to do with labels that are none of the fourteen classes")
        .choices(["refuse", "exclude", "keep"])
        .default("refuse"),
    )
    .option("--drop-columns <list>", "columns to drop besides the known identifiers, comma-separated", list, [])
    .option("--correlation-threshold <r>", "of two features correlated above it, the later goes", number, 0.85)
    .option("--max-depth <n>", "depth of the tree", count, 10)
    .addOption(new Option("--criterion <name>", "impurity").choices(["gini", "entropy"]).default("gini"))
    .addOption(
      new Option("--class-weight <name>", "weights of the classes").choices(["balanced", "square-root", "none"]),
    )
    .option("--min-samples-leaf <n>", "least training rows of a leaf (default: 1)", count)
    .option(
      "--ccp-alpha <alpha>",
      'prunes what saves less impurity a leaf; "cross-validated" chooses it (default: 0)',
      (text) => (text === "cross-validated" ? text : number(text)),
    )
    .option(
      "--search",
      "choose criterion, weights, leaf size and pruning by cross-validation on the training rows",
      false,
    )
    .option("--flow-profile <name>", "what computed the features from traffic, such as cic2017: kept in the bundle")
    .option("--rules <file>", "also write the tree's rules, as the name ends: .txt, .dot, .svg or .json")
    .option("--random-state <n>", "seed", count, 42),
  "out/attack",
);

await run<Options>(program, main);

async function main(options: Options, { signal }: Context): Promise<void> {
  if (options.testCsv !== undefined && options.testSize !== undefined) {
    throw new UsageError(
      "--test-csv gives the rows to measure on, --test-size a share of the training rows: give one of the two.",
    );
  }
  const writeRules = rulesWriter(options.rules);
  await requireOutputs(options);
  await requireWritable(options.rules);
  const tables = [];
  for (const path of options.trainCsvs) {
    const table = await readTable(path, signal);
    console.log(`Read ${table.rows} rows, ${table.names.length} columns from ${path}.`);
    tables.push(table);
  }
  const testTable = options.testCsv === undefined ? undefined : await readTable(options.testCsv, signal);

  const table = concatTables(tables);
  const bar = progressBar();
  const trained = await trainAttackClassifier(table, {
    label: options.label,
    testTable,
    testSize: options.testSize,
    excludeLabels: options.excludeLabels,
    otherLabels: options.otherLabels,
    dropColumns: options.dropColumns,
    correlationThreshold: options.correlationThreshold,
    flowProfile: options.flowProfile,
    maxDepth: options.maxDepth,
    criterion: options.criterion,
    classWeight: CLASS_WEIGHTS[options.classWeight ?? "none"],
    minSamplesLeaf: options.minSamplesLeaf,
    ccpAlpha: options.ccpAlpha,
    search: options.search,
    seed: options.randomState,
    signal,
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  print(trained.report, options.label);
  await writeTrained(trained.pipeline, trained.report, options, signal);
  await writeRules(FlowRules.of(trained.pipeline));
  if (options.report === undefined) return;
  const { trainCsvs: trainFiles, testCsv: testFile, randomState: seed } = options;
  await writeReport(
    options.report,
    await attackReport(trained, { trainFiles, testFile, table, testTable, seed, signal }),
  );
}

/** Writes rules to the file, whole or not at all; nothing where there is no file. */
function rulesWriter(path: string | undefined): (rules: FlowRules) => Promise<void> {
  if (path === undefined) return async () => {};
  const write = RULES[extname(path)];
  if (write === undefined) throw new UsageError(`--rules writes ${Object.keys(RULES).join(", ")} files, not ${path}.`);
  return async (rules) => {
    await ensureFolderOf(path);
    await writeFileAtomic(path, write(rules));
    console.log(`Wrote the rules to ${path}.`);
  };
}

function print(report: AttackReport, wantedLabel: string): void {
  const { cleaning } = report;
  if (report.labelColumn !== wantedLabel)
    console.log(`Label column ${JSON.stringify(wantedLabel)} is absent; took ${JSON.stringify(report.labelColumn)}.`);
  if (cleaning.droppedColumns.length > 0) console.log(`Dropped columns: ${cleaning.droppedColumns.join(", ")}.`);
  for (const [label, rows] of Object.entries(cleaning.otherLabels))
    console.log(`The label ${JSON.stringify(label)} (${rows} rows) is none of the fourteen classes.`);
  console.log(
    `Of ${cleaning.rowsRead} rows: ${cleaning.excludedRows} excluded by label, ${cleaning.missingRows} with missing cells, ` +
      `${cleaning.infiniteRows} with infinite cells, ${cleaning.duplicateRows} duplicates; ${cleaning.rowsKept} kept (${report.split}).`,
  );
  console.log(
    `Features: ${cleaning.featureColumns}, of which the correlation filter keeps ${report.features.length} (${report.constantFeatures.length} of them constant).`,
  );
  if (report.search !== null) printSearch(report.search);
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

function printSearch({ chosen, candidates }: NonNullable<AttackReport["search"]>): void {
  console.log(
    `Of ${candidates.length} candidates the best on the rows that folds left out, and the one that was taken:`,
  );
  const shown = new Set([
    ...candidates.slice(0, 5),
    candidates.find(({ parameters }) => parameters === chosen.parameters)!,
  ]);
  printTable(
    ["", "criterion", "class weight", "min leaf", "alpha", "macro F1", "behind the best"],
    [...shown].map(({ parameters, scores, behind }) => [
      parameters === chosen.parameters ? "taken" : "",
      parameters.criterion,
      String(parameters.classWeight ?? "none"),
      String(parameters.minSamplesLeaf),
      String(parameters.ccpAlpha),
      scores["macroF1"]!.mean.toFixed(4),
      `${behind.mean.toFixed(4)} ± ${behind.standardError.toFixed(4)}`,
    ]),
  );
}
