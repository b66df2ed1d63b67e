import { matthewsCorrelation } from "../../agreement.js";
import { classificationReport } from "../../classification-report.js";
import { balancedAccuracy } from "../../precision-recall.js";
import { type Section, section, tiles } from "../blocks.js";
import type { ClassifierEvaluation } from "../content.js";
import { count, score, share } from "../figures.js";
import { REPORT_LIMITS } from "../limits.js";
import { type Markup, markup } from "../markup.js";
import { classLines } from "./class-lines.js";
import { confusionTable } from "./confusion.js";
import { rateTile } from "./detector.js";

/** The classifier's predictions: over all, class by class, and which classes it takes for which. */
export function classifierSection({ labels, predicted }: ClassifierEvaluation): Section {
  const { macro, weighted } = classificationReport(labels, predicted);
  const { codes, classes } = labels;
  let right = 0;
  for (let row = 0; row < codes.length; row++) if (codes[row] === predicted[row]) right++;
  const shown = mostFrequent(codes, predicted, classes);
  return section(
    "classes",
    "Classification",
    tiles([
      rateTile("Accuracy", right, codes.length),
      { name: "Macro F1", value: score(macro.f1), note: "every class counts the same" },
      { name: "Weighted F1", value: score(weighted.f1), note: "classes count by their rows" },
      {
        name: "Balanced accuracy",
        value: share(balancedAccuracy(codes, predicted, classes.length)),
        note: "mean recall of the classes",
      },
      {
        name: "Matthews correlation",
        value: score(matthewsCorrelation(codes, predicted, classes.length)),
        note: "0 is guessing, 1 is right throughout",
      },
      { name: "Test rows", value: count(codes.length) },
    ]),
    shown.note,
    markup`<h3>By class</h3>`,
    classLines(shown.trueCodes, shown.predictedCodes, shown.classes),
    markup`<h3>Confusion</h3>`,
    confusionTable(shown.trueCodes, shown.predictedCodes, shown.classes),
  );
}

interface ShownClasses {
  readonly trueCodes: ArrayLike<number>;
  readonly predictedCodes: ArrayLike<number>;
  readonly classes: readonly string[];
  readonly note: Markup | null;
}

/** All classes; or, where they are too many, the most frequent ones, and the others taken together as the last. */
function mostFrequent(
  trueCodes: ArrayLike<number>,
  predictedCodes: ArrayLike<number>,
  classes: readonly string[],
): ShownClasses {
  if (classes.length <= REPORT_LIMITS.classes) return { trueCodes, predictedCodes, classes, note: null };
  const own = rankedClasses(trueCodes, classes.length).slice(0, REPORT_LIMITS.classes - 1);
  const place = new Int32Array(classes.length).fill(own.length);
  for (const [index, code] of own.entries()) place[code] = index;
  const others = classes.length - own.length;
  return {
    trueCodes: Int32Array.from(trueCodes, (code) => place[code]!),
    predictedCodes: Int32Array.from(predictedCodes, (code) => place[code]!),
    classes: [...own.map((code) => classes[code]!), `${others} other classes`],
    note: markup`<p class="muted">Of ${classes.length} classes the ${own.length} most frequent ones are shown; the others are taken together, and confusions among them do not count as such.</p>`,
  };
}

/** Class codes, those with most rows first. */
export function rankedClasses(codes: ArrayLike<number>, nClasses: number): number[] {
  const rows = new Int32Array(nClasses);
  for (let row = 0; row < codes.length; row++) rows[codes[row]!]!++;
  return [...rows.keys()].sort((a, b) => rows[b]! - rows[a]! || a - b);
}
