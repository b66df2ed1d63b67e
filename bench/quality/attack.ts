import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AttackClassifierOptions, AttackTree, trainAttackClassifier } from "@mlsec/attack-tree";
import { accuracy, wilsonInterval } from "@mlsec/evaluate";
import {
  selectFeatures,
  stratifiedKFold,
  stratifiedSplit,
  type Table,
  type TrainTest,
  takeLabels,
} from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import { pythonContender } from "../measure.ts";
import { type CleanFlows, cleanFlows } from "./flows.ts";
import type { QualityCase } from "./run.ts";
import { meanOf, type QualityTable, spread, varianceOf } from "./table.ts";

/** A tree's settings, as we call them, and as scikit-learn does. */
const SETTINGS: readonly (readonly [name: string, ours: AttackClassifierOptions, theirs: object])[] = [
  ["gini", {}, {}],
  ["gini, balanced", { classWeight: "balanced" }, { class_weight: "balanced" }],
  ["entropy", { criterion: "entropy" }, { criterion: "entropy" }],
  [
    "entropy, balanced",
    { criterion: "entropy", classWeight: "balanced" },
    { criterion: "entropy", class_weight: "balanced" },
  ],
];

/** Against which a search is held. */
const RIVAL = "entropy, balanced";

/** Accuracy and macro F1 of a model on one split. */
type Scores = readonly [accuracy: number, macroF1: number];

const PORTS = ["Dst Port", " Destination Port"];

const FILES = ["improved-sample.csv", "original-sample.csv"];

async function flowsOf(data: string, file: string): Promise<CleanFlows> {
  return cleanFlows(await readCsvFile(join(data, "cicids2017", file)));
}

function withoutPort(flows: CleanFlows): CleanFlows {
  return { ...flows, table: flows.table.drop(PORTS) };
}

/** Trains on some rows and scores on others, features selected and scaled by the training rows. */
async function scored(
  { table, label }: CleanFlows,
  { train, test }: TrainTest,
  options: AttackClassifierOptions,
): Promise<Scores> {
  const { report } = await trainAttackClassifier(table.take(train), { ...options, label, testTable: table.take(test) });
  return [report.accuracy, report.macroF1];
}

function splitsOf({ labels }: CleanFlows, seeds: readonly number[]): TrainTest[] {
  return seeds.map((seed) => {
    const [train, test] = stratifiedSplit(labels, [0.8, 0.2], seed) as [Int32Array, Int32Array];
    return { train, test };
  });
}

/** What scikit-learn reaches with all settings on the same splits; null where there is none. */
function peerScores(scratch: string, flows: CleanFlows, splits: readonly TrainTest[]): Map<string, Scores[]> | null {
  const peer = pythonContender("scikit-learn", new URL("./sklearn_trees.py", import.meta.url), scratch);
  if (peer === null) return null;
  const names = flows.table.names.filter((name) => name !== flows.label);
  writeFileSync(join(scratch, "columns.f64"), Buffer.concat(names.map((name) => bytesOf(flows.table.numbers(name)))));
  writeFileSync(join(scratch, "labels.i32"), bytesOf(flows.labels.codes));
  writeFileSync(
    join(scratch, "job.json"),
    JSON.stringify({
      variants: Object.fromEntries(SETTINGS.map(([name, , theirs]) => [name, theirs])),
      splits: splits.map(({ train, test }) => ({ train: [...train], test: [...test] })),
    }),
  );
  execFileSync(peer.command, peer.args, { stdio: ["ignore", "inherit", "inherit"] });
  const scores = JSON.parse(readFileSync(join(scratch, "scores.json"), "utf8")) as Record<string, Scores[]>;
  return new Map(Object.entries(scores));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Mean difference over splits with a 95 % interval, wider for what splits have in common (Nadeau and Bengio, 2003). */
function paired(ours: readonly number[], theirs: readonly number[], { train, test }: TrainTest): string {
  const differences = ours.map((value, split) => value - theirs[split]!);
  const error = Math.sqrt((1 / differences.length + test.length / train.length) * varianceOf(differences));
  const mean = meanOf(differences);
  return `${signed(mean)} [${signed(mean - 1.96 * error)}, ${signed(mean + 1.96 * error)}]`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;
}

const PAIRED_COLUMNS = ["tree", "accuracy", "macro F1", "scikit-learn's", "difference", "difference of accuracy"];

function pairedLine(name: string, ours: readonly Scores[], theirs: readonly Scores[], split: TrainTest): string[] {
  const [accuracies, f1s] = [0, 1].map((at) => ours.map((scores) => scores[at]!)) as [number[], number[]];
  const [theirAccuracies, theirF1s] = [0, 1].map((at) => theirs.map((scores) => scores[at]!)) as [number[], number[]];
  return [
    name,
    spread(accuracies),
    spread(f1s),
    spread(theirF1s),
    paired(f1s, theirF1s, split),
    paired(accuracies, theirAccuracies, split),
  ];
}

function pairedTitle(port: boolean, splits: number): string {
  return `Improved sample${port ? "" : " without the destination port"}, ${splits} splits of 80/20, beside scikit-learn`;
}

const NOTE =
  "Mean ± standard deviation over the splits; differences of ours from scikit-learn's on the same rows, with 95 % intervals.";

/** Both with the destination port and without it. */
async function onSharedSplits(
  { data, scratch, seeds, say }: Parameters<QualityCase["run"]>[0],
  line: (flows: CleanFlows, splits: readonly TrainTest[], theirs: Map<string, Scores[]>) => Promise<string[][]>,
): Promise<QualityTable[]> {
  const all = await flowsOf(data, FILES[0]!);
  const tables: QualityTable[] = [];
  for (const port of [true, false]) {
    const flows = port ? all : withoutPort(all);
    const splits = splitsOf(flows, seeds);
    const theirs = peerScores(scratch, flows, splits);
    if (theirs === null) {
      say("left out: npm run test:interop makes the environment with scikit-learn");
      return [];
    }
    const lines = await line(flows, splits, theirs);
    tables.push({ title: pairedTitle(port, splits.length), note: NOTE, columns: PAIRED_COLUMNS, lines });
    say(lines.map((cells) => cells.join(" ")).join("; "));
  }
  return tables;
}

async function scoredOn(
  flows: CleanFlows,
  splits: readonly TrainTest[],
  options: AttackClassifierOptions,
): Promise<Scores[]> {
  const scores: Scores[] = [];
  for (const [seed, split] of splits.entries()) scores.push(await scored(flows, split, { ...options, seed }));
  return scores;
}

const pairedCase: QualityCase = {
  name: "paired",
  run: (context) =>
    onSharedSplits(context, async (flows, splits, theirs) => {
      const lines: string[][] = [];
      for (const [name, options] of SETTINGS)
        lines.push(pairedLine(name, await scoredOn(flows, splits, options), theirs.get(name)!, splits[0]!));
      return lines;
    }),
};

const searchCase: QualityCase = {
  name: "search",
  run: (context) =>
    onSharedSplits(context, async (flows, splits, theirs) => {
      const ours = await scoredOn(flows, splits, { search: true });
      return [pairedLine(`search, beside ${RIVAL}`, ours, theirs.get(RIVAL)!, splits[0]!)];
    }),
};

/** Rows of each class that models call right and wrong, over folds that leave each row out once. */
interface Counted {
  readonly right: number[];
  readonly called: number[];
}

/** A model that has learnt from some rows: class codes of others. */
type Learner = (train: Table) => Promise<(rows: Table) => Int32Array>;

function treeLearner(label: string, options: AttackClassifierOptions): Learner {
  return async (train) => {
    // The report is not used: it may be on the training rows.
    const { pipeline } = await trainAttackClassifier(train, { ...options, label, testTable: train });
    return (rows) => pipeline.model.predict(pipeline.preprocessor.transform(rows));
  };
}

/** Holte's 1R ("Very simple classification rules", 1993): the one feature that decides most training rows, six at a time. */
function oneRuleLearner(label: string): Learner {
  return async (train) => {
    const { pipeline } = await trainAttackClassifier(train, { label, testTable: train });
    const matrix = pipeline.preprocessor.transform(train);
    const codes = Int32Array.from(train.texts(label), (name) => pipeline.classes.indexOf(name!));
    const labels = { codes, classes: pipeline.classes };
    let best = { feature: "", tree: pipeline.model, share: -1 };
    for (const feature of matrix.features) {
      const alone = selectFeatures(matrix, [feature]);
      const tree = await AttackTree.fit(alone, labels, { maxDepth: 30, minSamplesLeaf: 6 });
      const share = accuracy(codes, tree.predict(alone));
      if (share > best.share) best = { feature, tree, share };
    }
    return (rows) => best.tree.predict(selectFeatures(pipeline.preprocessor.transform(rows), [best.feature]));
  };
}

async function countedOn({ table, labels }: CleanFlows, learn: Learner): Promise<Counted> {
  const counted: Counted = { right: labels.classes.map(() => 0), called: labels.classes.map(() => 0) };
  for (const { train, test } of stratifiedKFold(labels, { folds: 5, seed: 0 })) {
    const predicted = (await learn(table.take(train)))(table.take(test));
    const { codes } = takeLabels(labels, test);
    for (const [at, code] of predicted.entries()) {
      counted.called[code]!++;
      if (codes[at] === code) counted.right[code]!++;
    }
  }
  return counted;
}

const classesCase: QualityCase = {
  name: "classes",
  run: async ({ data, say }) => {
    const tables: QualityTable[] = [];
    for (const file of FILES) {
      const flows = await flowsOf(data, file);
      const learners: (readonly [string, Learner])[] = [
        ["one rule", oneRuleLearner(flows.label)],
        ...SETTINGS.map(([name, options]): [string, Learner] => [name, treeLearner(flows.label, options)]),
      ];
      const counted = new Map<string, Counted>();
      for (const [name, learn] of learners) counted.set(name, await countedOn(flows, learn));
      tables.push(classTable(file, flows, counted));
      say(`${file} done`);
    }
    return tables;
  },
};

function classTable(file: string, { labels }: CleanFlows, counted: ReadonlyMap<string, Counted>): QualityTable {
  const { classes, codes } = labels;
  const chosen = counted.get(RIVAL)!;
  const share = (right: number, of: number): string => {
    if (of === 0) return "–";
    const { low, high } = wilsonInterval(right, of);
    return `${(right / of).toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  };
  return {
    title: `Classes of ${file}`,
    note: `F1 by class on the rows that five folds left out; for ${RIVAL} also precision and recall with 95 % Wilson intervals.`,
    columns: ["class", "rows", ...counted.keys(), "precision", "recall"],
    lines: classes.map((name, code) => {
      const rows = codes.reduce((sum, own) => sum + (own === code ? 1 : 0), 0);
      const f1s = [...counted.values()].map(({ right, called }) => (2 * right[code]!) / (called[code]! + rows));
      return [
        name,
        String(rows),
        ...f1s.map((f1) => f1.toFixed(3)),
        share(chosen.right[code]!, chosen.called[code]!),
        share(chosen.right[code]!, rows),
      ];
    }),
  };
}

const daysCase: QualityCase = {
  name: "days",
  run: async ({ data, say }) => {
    const all = await flowsOf(data, FILES[0]!);
    const tables: QualityTable[] = [];
    for (const port of [true, false]) {
      const flows = port ? all : withoutPort(all);
      const lines = await linesByDay(flows);
      tables.push({
        title: `A day of capture left out${port ? "" : ", without the destination port"}`,
        note: `Every attack happened on one day alone, so a model of the other days never saw it. Of that day's benign flows how many are called an attack, and of its attacks how many are called any attack (${RIVAL}; 95 % Wilson intervals).`,
        columns: ["day", "benign", "false-positive rate", "attacks", "detection rate"],
        lines,
      });
      say(lines.map((cells) => cells.join(" ")).join("; "));
    }
    return tables;
  },
};

async function linesByDay({ table, label, labels, days }: CleanFlows): Promise<string[][]> {
  const benign = labels.classes.indexOf("BENIGN");
  const learn = treeLearner(label, SETTINGS.find(([name]) => name === RIVAL)![1]);
  const lines: string[][] = [];
  for (const day of [...new Set(days)].sort()) {
    const rows = Int32Array.from(days.keys());
    const predict = await learn(table.take(rows.filter((row) => days[row] !== day)));
    const test = rows.filter((row) => days[row] === day);
    // BENIGN is the first class, with or without the others of a day.
    const flagged = predict(table.take(test)).map((code) => (code === 0 ? 0 : 1));
    const of = (isBenign: boolean): [number, number] => {
      const places = [...test.keys()].filter((at) => (labels.codes[test[at]!] === benign) === isBenign);
      return [places.filter((at) => flagged[at] === 1).length, places.length];
    };
    const [falsePositives, negatives] = of(true);
    const [detected, positives] = of(false);
    lines.push([
      day!,
      String(negatives),
      rate(falsePositives, negatives),
      String(positives),
      rate(detected, positives),
    ]);
  }
  return lines;
}

function rate(count: number, of: number): string {
  if (of === 0) return "–";
  const { low, high } = wilsonInterval(count, of);
  const percent = (share: number): string => (100 * share).toFixed(1);
  return `${percent(count / of)} % [${percent(low)}, ${percent(high)}]`;
}

export const attackCases: readonly QualityCase[] = [pairedCase, searchCase, classesCase, daysCase];
