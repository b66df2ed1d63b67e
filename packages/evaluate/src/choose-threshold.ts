import type { Threshold } from "@mlsec/preprocess";
import { invalidOption } from "./options.js";
import { ratio, scoresOf } from "./precision-recall.js";
import { flaggedAbove, type RankedCounts, rankedCounts, requireBothClasses } from "./ranked-counts.js";

/** How a threshold is chosen. */
export type ThresholdRule =
  /** The given value, whatever the scores. */
  | { readonly rule: "fixed"; readonly value: number }
  /** The largest recall − false-positive rate (Youden's J, 1950). */
  | { readonly rule: "youden" }
  /** The largest F1. */
  | { readonly rule: "f1" }
  /** The largest recall whose false-positive rate is at most `budget`, from 0 to 1. */
  | { readonly rule: "false-positive-budget"; readonly budget: number }
  /** The lowest cost: so much for every false alarm, and so much for every attack missed, in any unit. */
  | { readonly rule: "cost"; readonly falseAlarm: number; readonly missedAttack: number };

/** A threshold with what it does on the rows that it was chosen on. */
export interface ChosenThreshold extends Threshold {
  /** Of the positive rows, the share above the threshold; null where there are none. */
  readonly recall: number | null;
  /** Of the negative rows, the share above the threshold; null where there are none. */
  readonly falsePositiveRate: number | null;
  /** Of the rows above the threshold, the share that is positive; null where there are none. */
  readonly precision: number | null;
  /** 0 where nothing is found. */
  readonly f1: number;
  /** How many rows it was chosen on. */
  readonly rows: number;
}

/**
 * Chooses the threshold of a two-class detector, to be used as: attack where score **>** threshold, strictly.
 *
 * The candidates are the highest score (nothing is flagged) and the midpoints between neighbouring distinct scores, so
 * that new scores a little off a known one stay on its side; rows of equal score are never told apart. Flagging every row
 * is not a candidate. Among equally good candidates the highest wins: the one that raises the fewest alarms.
 *
 * Choose on rows that neither trained the model nor will measure it.
 *
 * @param isPositive 1 for an attack, 0 for any other row.
 * @param scores one finite score per row; higher means more likely an attack.
 * @param rule how to choose. All rules but `fixed` need rows of both classes.
 * @throws MlsecError `length-mismatch`, `no-rows`, `code-out-of-range`, `not-finite`, `one-class` or `invalid-option`.
 */
export function chooseThreshold(
  isPositive: ArrayLike<number>,
  scores: ArrayLike<number>,
  rule: ThresholdRule,
): ChosenThreshold {
  const counts = rankedCounts(isPositive, scores);
  switch (rule.rule) {
    case "fixed":
      if (!Number.isFinite(rule.value)) throw invalidOption("value", "a finite number", rule.value);
      return measured(counts, rule.value, `fixed at ${rule.value}`);
    case "youden":
      return measured(counts, best(counts, youden), "largest recall minus false-positive rate (Youden's J)");
    case "f1":
      return measured(counts, best(counts, f1), "largest F1");
    case "false-positive-budget": {
      const { budget } = rule;
      if (!(budget >= 0 && budget <= 1)) throw invalidOption("budget", "a rate from 0 to 1", budget);
      return measured(
        counts,
        best(counts, withinBudget(budget)),
        `largest recall at a false-positive rate of at most ${budget}`,
      );
    }
    case "cost": {
      const { falseAlarm, missedAttack } = rule;
      for (const [name, cost] of Object.entries({ falseAlarm, missedAttack })) {
        if (!(cost >= 0 && cost < Number.POSITIVE_INFINITY)) {
          throw invalidOption(name, "a finite cost of at least 0", cost);
        }
      }
      return measured(
        counts,
        best(counts, cheapest(falseAlarm, missedAttack)),
        `lowest cost at ${falseAlarm} for a false alarm and ${missedAttack} for a missed attack`,
      );
    }
    default:
      throw invalidOption(
        "rule",
        'one of "fixed", "youden", "f1", "false-positive-budget", "cost"',
        (rule as { readonly rule: unknown }).rule,
      );
  }
}

/** How good it is to flag `hits` of the positive and `alarms` of the negative rows; more is better. */
type Merit = (hits: number, alarms: number, counts: RankedCounts) => number;

// J times positives times negatives: whole numbers, so that candidates of equal J tie exactly.
const youden: Merit = (hits, alarms, { positives, negatives }) => hits * negatives - alarms * positives;

const f1: Merit = (hits, alarms, { positives }) =>
  scoresOf({ hits, actual: positives, predicted: hits + alarms }, 1).fscore;

function withinBudget(budget: number): Merit {
  return (hits, alarms, { negatives }) => (alarms / negatives <= budget ? hits : Number.NEGATIVE_INFINITY);
}

function cheapest(falseAlarm: number, missedAttack: number): Merit {
  return (hits, alarms, { positives }) => -(alarms * falseAlarm + (positives - hits) * missedAttack);
}

function best(counts: RankedCounts, merit: Merit): number {
  requireBothClasses(counts, "Choosing a threshold");
  const { scores, truePositives, falsePositives } = counts;
  let value = scores[0]!;
  let bestMerit = merit(0, 0, counts);
  for (let i = 0; i + 1 < scores.length; i++) {
    const candidate = merit(truePositives[i]!, falsePositives[i]!, counts);
    if (candidate > bestMerit) {
      bestMerit = candidate;
      value = between(scores[i + 1]!, scores[i]!);
    }
  }
  return value;
}

/** The midpoint of two numbers, or the lower one where rounding would reach the upper. */
function between(low: number, high: number): number {
  const middle = low / 2 + high / 2;
  return middle >= low && middle < high ? middle : low;
}

function measured(counts: RankedCounts, value: number, chosenBy: string): ChosenThreshold {
  const { positives, negatives } = counts;
  const { hits, alarms } = flaggedAbove(counts, value);
  const flagged = hits + alarms;
  return {
    value,
    chosenBy,
    recall: positives === 0 ? null : hits / positives,
    falsePositiveRate: negatives === 0 ? null : alarms / negatives,
    precision: flagged === 0 ? null : hits / flagged,
    f1: ratio(2 * hits, positives + flagged),
    rows: positives + negatives,
  };
}
