import type { InputRecord, TrainedPipeline } from "@mlsec/preprocess";
import { nextUp } from "@mlsec/preprocess/numeric";
import type { FittedAttackTree } from "./fitted-attack-tree.js";
import type { FlowQuestion } from "./flow-rules.js";
import { flowUnit } from "./flow-units.js";
import type { AttackVerdict } from "./leaf-verdicts.js";

/** A change of one feature that makes a verdict another. */
export interface VerdictFlip {
  readonly feature: string;
  readonly unit: string | null;
  /** The flow's cell. */
  readonly from: number;
  /** The nearest value at which the verdict is another, all other cells being as they are. */
  readonly to: number;
  /** What the flow would be then. */
  readonly verdict: AttackVerdict;
  /** How far the change goes, in the model's scaled units: for the robust scaler, interquartile ranges of training. */
  readonly change: number;
}

/** The values of a feature between two bounds: above the one, up to the other. */
interface Between {
  readonly above: number;
  readonly upTo: number;
}

/**
 * The flip of the least change, of equals that of the first feature. Where a feature has whole numbers alone in training and
 * in this flow, it goes to a whole number.
 */
export function nearestFlip(
  { preprocessor, model }: TrainedPipeline<"attack_classifier", FittedAttackTree>,
  questions: readonly (FlowQuestion | null)[],
  wholeInTraining: ReadonlySet<string>,
  record: InputRecord,
  row: Float64Array,
  verdict: AttackVerdict,
): VerdictFlip | null {
  let nearest: VerdictFlip | null = null;
  for (const [index, feature] of preprocessor.sources.entries()) {
    const from = record[feature];
    if (typeof from !== "number" || Number.isNaN(from)) continue;
    const isWhole = wholeInTraining.has(feature) && Number.isInteger(from);
    for (const { leaf, between } of reachable(questions, record, feature)) {
      const other = model.verdictOf(leaf);
      if (other.class === verdict.class) continue;
      const to = nearestIn(between, from, isWhole);
      if (to === null) continue;
      const change = Math.abs(preprocessor.transformNumber(index, to) - row[index]!);
      if (nearest === null || change < nearest.change)
        nearest = { feature, unit: flowUnit(feature), from, to, verdict: other, change };
    }
  }
  return nearest;
}

/** The leaves that a flow could be in if one feature were free, with the values of that feature that lead there. */
function reachable(
  questions: readonly (FlowQuestion | null)[],
  record: InputRecord,
  free: string,
): { leaf: number; between: Between }[] {
  const leaves: { leaf: number; between: Between }[] = [];
  const pending: { node: number; between: Between }[] = [
    { node: 0, between: { above: Number.NEGATIVE_INFINITY, upTo: Number.MAX_VALUE } },
  ];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { node, between } = item;
    const question = questions[node]!;
    if (question === null) {
      leaves.push({ leaf: node, between });
      continue;
    }
    const { feature, upTo, yes, no } = question;
    if (feature !== free) {
      pending.push({ node: answersYes(question, record[feature]) ? yes : no, between });
      continue;
    }
    if (upTo > between.above) pending.push({ node: yes, between: { ...between, upTo: Math.min(upTo, between.upTo) } });
    if (upTo < between.upTo) pending.push({ node: no, between: { ...between, above: Math.max(upTo, between.above) } });
  }
  return leaves;
}

function answersYes({ upTo, missing }: FlowQuestion, cell: unknown): boolean {
  if (typeof cell === "number" && !Number.isNaN(cell)) return cell <= upTo;
  return missing === "yes";
}

/** The nearest value to `from` between the bounds; null where there is none. */
function nearestIn({ above, upTo }: Between, from: number, isWhole: boolean): number | null {
  if (from > above && from <= upTo) return from;
  if (from > upTo) {
    const to = isWhole ? Math.floor(upTo) : upTo;
    return to > above ? to : null;
  }
  const to = isWhole ? Math.floor(above) + 1 : nextUp(above);
  return to <= upTo ? to : null;
}
