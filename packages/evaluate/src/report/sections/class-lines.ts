import { confusionMatrix } from "../../confusion-matrix.js";
import { ratio, scoresOf } from "../../precision-recall.js";
import { name, table } from "../blocks.js";
import { count, interval, NONE, rateOf, score, share } from "../figures.js";
import { type Markup, markup, type Part } from "../markup.js";
import { intervalBar } from "../plots/bars.js";

/** Precision, recall and F1 of every class, the first two with the intervals that their rows allow. */
export function classLines(
  trueCodes: ArrayLike<number>,
  predictedCodes: ArrayLike<number>,
  classes: readonly string[],
): Markup {
  const counts = confusionMatrix(trueCodes, predictedCodes, classes.length);
  const rows = classes.map((text, code) => {
    const hits = counts[code]![code]!;
    const actual = counts[code]!.reduce((sum, cell) => sum + cell, 0);
    const predicted = counts.reduce((sum, row) => sum + row[code]!, 0);
    const f1 = actual + predicted === 0 ? NONE : score(scoresOf({ hits, actual, predicted }, 1).fscore);
    return [name(text), count(actual), ...rateCells(hits, actual), ...rateCells(hits, predicted).slice(0, 2), f1];
  });
  return markup`${table(
    "Precision, recall and F1 by class",
    [
      { head: "class" },
      { head: "rows", numeric: true },
      { head: "recall", numeric: true },
      { head: "95 % interval", numeric: true },
      { head: "0 to 100 %" },
      { head: "precision", numeric: true },
      { head: "95 % interval", numeric: true },
      { head: "F1", numeric: true },
    ],
    rows,
  )}
<p class="muted">Recall is the share of a class's rows that were predicted as it, precision the share of the rows predicted as it that are. Intervals are Wilson's: where the next rows' share probably lies, as far as the number of rows tells.</p>`;
}

/** A share, its interval, and both on a line. */
export function rateCells(successes: number, of: number): [Part, Part, Part] {
  const rate = rateOf(successes, of);
  if (rate === null) return [NONE, NONE, NONE];
  return [share(ratio(successes, of)), interval(rate), intervalBar(rate.value, rate)];
}
