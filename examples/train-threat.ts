import { availableParallelism } from "node:os";
import type { ThresholdRule } from "@mlsec/evaluate";
import {
  type CalibrationMethod,
  type FoldBy,
  type MemberName,
  type ThreatReport,
  trainThreatDetector,
} from "@mlsec/threat-ensemble";
import { workerEngine } from "@mlsec/threat-ensemble/worker";
import { Option } from "commander";
import { type Context, command, count, list, number, run, UsageError } from "./shared/command.js";
import { readTable } from "./shared/files.js";
import { writeReport } from "./shared/report-parts.js";
import { percent, printConfusion, printTable, progressBar, secondsLine } from "./shared/terminal.js";
import { EpochLog, threatReport } from "./shared/threat-report.js";
import { type OutputOptions, outputOptions, requireOutputs, writeTrained } from "./shared/trained.js";

interface Options extends OutputOptions {
  readonly trainCsv: string;
  readonly testCsv?: string;
  readonly label: string;
  readonly normalLabel?: string;
  readonly flowProfile?: string;
  readonly nFeatures?: number;
  readonly features?: string;
  readonly architecture: "compact" | "reference";
  readonly members: string;
  readonly folds?: number;
  readonly foldBy: FoldBy;
  readonly voting: "equal" | "fitted";
  readonly calibration: CalibrationMethod;
  readonly scaler: "standard" | "robust";
  readonly randomState: number;
  readonly epochs?: number;
  readonly threshold?: number;
  readonly thresholdRule?: "youden" | "f1";
  readonly falsePositiveBudget?: number;
  readonly flowsPerDay?: number;
  readonly prevalence?: number;
  readonly rfeTrees: number;
  readonly threads: number;
}

const program = outputOptions(
  command(
    "train:threat",
    "Trains the threat detector (Normal / Attack) on a CSV of connections and writes bundle, profile and metrics.",
  )
    .requiredOption("--train-csv <file>", "connections with a label: a CSV with a header, or a headerless NSL-KDD .txt")
    .option("--test-csv <file>", "rows to measure on; without it, a fifth of the training file")
    .option("--label <name>", "label column", "class")
    .option("--flow-profile <name>", "what computed the features from traffic, such as cic2017: kept in the bundle")
    .option("--normal-label <value>", "label that means normal (detected for normal, benign, 0 and 1)")
    .option("--n-features <n>", "features that RFE keeps (default: 10)", count)
    .option(
      "--features <list>",
      'these features instead of RFE, comma-separated, or "backend" for the list of existing backends',
    )
    .addOption(new Option("--architecture <name>", "networks").choices(["compact", "reference"]).default("compact"))
    .addOption(
      new Option("--scaler <name>", "scaling of numeric columns").choices(["standard", "robust"]).default("standard"),
    )
    .option("--members <list>", "who votes: some of ann, lstm, forest", "ann,lstm")
    .option("--folds <n>", "train on so many folds; all their members are the detector", count)
    .addOption(
      new Option(
        "--fold-by <what>",
        "what a fold leaves out: rows, or whole types of attacks, as a rehearsal for new ones",
      )
        .choices(["rows", "attack-type"])
        .default("rows"),
    )
    .addOption(new Option("--voting <how>", "how members share the vote").choices(["equal", "fitted"]).default("equal"))
    .addOption(
      new Option("--calibration <how>", "how their mean becomes a probability")
        .choices(["none", "platt", "isotonic"])
        .default("none"),
    )
    .option("--random-state <n>", "seed", count, 42)
    .option("--epochs <n>", "most epochs of each network", count)
    .option("--threshold <p>", "attack where the mean probability is greater (default: 0.5)", number)
    .addOption(
      new Option("--threshold-rule <rule>", "the threshold with the best F1 or Youden's J on the validation rows")
        .choices(["youden", "f1"])
        .conflicts("threshold"),
    )
    .addOption(
      new Option("--false-positive-budget <rate>", "the threshold that finds most within it on the validation rows")
        .argParser(number)
        .conflicts(["threshold", "thresholdRule"]),
    )
    .option("--flows-per-day <n>", "with --prevalence, shows the alerts that this many flows a day give", number)
    .option("--prevalence <share>", "the share of these flows that are attacks", number)
    .option("--rfe-trees <n>", "trees of the forest that RFE ranks by", count, 100)
    .option(
      "--threads <n>",
      "threads that RFE runs on; with two or more, the networks train in workers: the result is the same",
      count,
      availableParallelism(),
    ),
  "out/threat",
);

await run<Options>(program, main);

async function main(options: Options, { signal }: Context): Promise<void> {
  if (options.features !== undefined && options.nFeatures !== undefined) {
    throw new UsageError("--features names the features, --n-features has RFE find them: give one of the two.");
  }
  const { flowsPerDay, prevalence } = options;
  if ((flowsPerDay === undefined) !== (prevalence === undefined)) {
    throw new UsageError("--flows-per-day and --prevalence go together.");
  }
  await requireOutputs(options);
  const table = await readTable(options.trainCsv, signal);
  const testTable = options.testCsv === undefined ? undefined : await readTable(options.testCsv, signal);
  console.log(`Read ${table.rows} rows, ${table.names.length} columns from ${options.trainCsv}.`);

  const traffic = flowsPerDay === undefined || prevalence === undefined ? undefined : { flowsPerDay, prevalence };
  const log = new EpochLog();
  const bar = progressBar();
  const trained = await trainThreatDetector(table, {
    label: options.label,
    normalLabel: options.normalLabel,
    flowProfile: options.flowProfile,
    testTable,
    nFeatures: options.nFeatures,
    features:
      options.features === undefined || options.features === "backend" ? options.features : list(options.features),
    rfeTrees: options.rfeTrees,
    threads: options.threads,
    engine: options.threads === 1 ? undefined : workerEngine({ threads: 2 }),
    architecture: options.architecture,
    // What is no member is refused there.
    members: list(options.members) as MemberName[],
    folds: options.folds,
    foldBy: options.foldBy,
    voting: options.voting,
    calibration: options.calibration,
    scaler: options.scaler,
    epochs: options.epochs,
    threshold: thresholdOf(options),
    traffic,
    onEpoch: log.onEpoch,
    seed: options.randomState,
    signal,
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  print(trained.report, options.label);
  await writeTrained(trained.pipeline, trained.report, options, signal);
  if (options.report === undefined) return;
  const { trainCsv, testCsv: testFile, randomState: seed } = options;
  const training = { trainFiles: [trainCsv], testFile, table, testTable, seed, signal, log, traffic };
  await writeReport(options.report, await threatReport(trained, training));
}

function thresholdOf({
  threshold,
  thresholdRule,
  falsePositiveBudget: budget,
}: Options): number | ThresholdRule | undefined {
  if (budget !== undefined) return { rule: "false-positive-budget", budget };
  return thresholdRule === undefined ? threshold : { rule: thresholdRule };
}

function print(report: ThreatReport, wantedLabel: string): void {
  if (report.labelColumn !== wantedLabel)
    console.log(`Label column ${JSON.stringify(wantedLabel)} is absent; took ${JSON.stringify(report.labelColumn)}.`);
  console.log(
    `Normal label: ${JSON.stringify(report.normalLabel)} (${report.normalLabelChosenBy}); every other label is an attack.`,
  );
  if (report.droppedColumns.length > 0) console.log(`Left out: ${report.droppedColumns.join(", ")}.`);
  const { train, validation, test, dropped } = report.rows;
  console.log(
    `Rows: ${train} to train, ${validation} to validate, ${test} to test (${report.split}); ${dropped} dropped for missing or infinite cells.`,
  );
  console.log(`Features (${report.selectedBy}): ${report.selectedFeatures.join(", ")}`);
  const unseen = Object.entries(report.unseenCategories).map(([name, rows]) => `${name} ${rows}`);
  if (unseen.length > 0) console.log(`Test rows with categories that training had not: ${unseen.join(", ")}.`);
  printTable(
    ["model", "vote", "accuracy", "AUC"],
    [
      ...Object.entries(report.members).map(([name, { vote, accuracy, auc }]) => [
        name,
        percent(vote),
        percent(accuracy),
        auc?.toFixed(4) ?? "–",
      ]),
      ["ensemble", percent(1), percent(report.accuracy), report.auc?.toFixed(4) ?? "–"],
    ],
  );
  console.log(
    `At threshold ${report.threshold} (${report.thresholdChosenBy}): precision ${percent(report.precision)}, recall ${percent(report.recall)}, ` +
      `F1 ${percent(report.f1)}, false-positive rate ${percent(report.falsePositiveRate)} ` +
      `(on the rows that it was chosen on: recall ${percent(report.onValidation.recall)}, false-positive rate ${percent(report.onValidation.falsePositiveRate)}).`,
  );
  printConfusion(report.classes, report.confusionMatrix);
  if (report.alertsPerDay !== undefined) {
    const { alerts, attacksFound, attacksMissed, shareReal } = report.alertsPerDay;
    console.log(
      `A day at these rates: ${Math.round(alerts)} alerts, ${percent(shareReal)} of them attacks ` +
        `(${Math.round(attacksFound)} found, ${Math.round(attacksMissed)} missed).`,
    );
  }
  console.log(`Time: ${secondsLine(report.seconds)}.`);
}
