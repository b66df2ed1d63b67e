import type { Column } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import type { AuditedData } from "./audited-data.js";
import { type AuditFinding, finding } from "./finding.js";
import { ruleAccuracy } from "./one-rule.js";
import { type RuleRows, valueCounts } from "./value-counts.js";
import { quoted } from "./words.js";

/** Least rows of a class whose rules are measured: ten to learn from and ten to measure on. */
const LEAST_ROWS = 20;
/** Most classes that are looked at, the most frequent ones. */
const MOST_CLASSES = 64;
/** Most rows that are looked at, and most of one class: balanced accuracies get no surer by more of a frequent class. */
const MOST_ROWS = 200_000;
const MOST_ROWS_OF_CLASS = 10_000;

/** From which balanced accuracy on a single column is a shortcut, and as good as the label itself. */
const SHORTCUT = 0.95;
const GIVEAWAY = 0.99;

/** The rows that rules are learnt from and measured on, drawn by the seed; null where fewer than two classes have enough. */
export function ruleRows({ labels, trainRows, trainCounts }: AuditedData, seed: number): RuleRows | null {
  const classes = Math.min(MOST_CLASSES, trainCounts.filter((count) => count >= LEAST_ROWS).length);
  if (classes < 2) return null;
  const most = Math.min(MOST_ROWS_OF_CLASS, Math.floor(MOST_ROWS / classes));
  const byClass = Array.from({ length: classes }, (_, code) => new Int32Array(trainCounts[code]!));
  const filled = new Int32Array(classes);
  for (let row = 0; row < trainRows; row++) {
    const code = labels[row]!;
    if (code >= 0 && code < classes) byClass[code]![filled[code]!++] = row;
  }
  const random = Random.seeded(seed);
  const drawn = byClass.map((rows, code) => random.fork(code).shuffle(rows).subarray(0, most));
  return {
    learn: joined(drawn.map((rows) => rows.subarray(0, rows.length >>> 1))),
    held: joined(drawn.map((rows) => rows.subarray(rows.length >>> 1))),
    labels,
    classes,
  };
}

/** Ascending, so that columns are read in order. */
function joined(lists: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(lists.reduce((sum, rows) => sum + rows.length, 0));
  let at = 0;
  for (const rows of lists) {
    all.set(rows, at);
    at += rows.length;
  }
  return all.sort();
}

/** A column that nearly tells the classes from the most frequent one on its own. */
export function shortcutFindings(name: string, column: Column, data: AuditedData, rows: RuleRows): AuditFinding[] {
  const counts = valueCounts(column, rows);
  const classes = Array.from({ length: rows.classes - 1 }, (_, i) => ({
    class: data.classes[i + 1]!,
    balancedAccuracy: ruleAccuracy(counts, i + 1, 0),
  })).sort((a, b) => b.balancedAccuracy - a.balancedAccuracy);
  const balancedAccuracy = classes.reduce((sum, one) => sum + one.balancedAccuracy, 0) / classes.length;
  if (balancedAccuracy < SHORTCUT) return [];
  const mostFrequentClass = data.classes[0]!;
  const what = classes.length === 1 ? quoted(classes[0]!.class) : `${classes.length} classes`;
  const message = `Column ${quoted(name)} alone tells ${what} from ${quoted(mostFrequentClass)} with a balanced accuracy of ${balancedAccuracy.toFixed(3)} (chance: 0.5). Measure without it, too.`;
  return [
    finding("shortcut", balancedAccuracy >= GIVEAWAY ? "error" : "warning", [name], message, {
      balancedAccuracy,
      mostFrequentClass,
      classes,
    }),
  ];
}
