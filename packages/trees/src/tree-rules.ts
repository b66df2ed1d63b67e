import type { TreeNodes } from "./tree-nodes.js";

/** What a rule asks of a feature: a value above one bound and up to another, or none at all. */
export interface RuleCondition {
  readonly feature: string;
  /** The value, as float32, exceeds this; −Infinity where there is no such bound. */
  readonly above: number;
  /** The value, as float32, is at most this; Infinity where there is no such bound. */
  readonly upTo: number;
  /** Whether a missing value (NaN) meets the condition. */
  readonly missing: boolean;
}

/** The way to a leaf as one rule: a row that meets all conditions gets its prediction. */
export interface TreeRule {
  /** The leaf's node number. */
  readonly leaf: number;
  /** One per feature asked about on the way, in order of the first question; none in a tree of one node. */
  readonly conditions: readonly RuleCondition[];
  /** The leaf's most probable class. */
  readonly prediction: string;
  /** That class's share of the leaf's weight, 0 to 1. */
  readonly share: number;
  /** Training rows in the leaf. */
  readonly samples: number;
}

/** The rules of a tree, from the leftmost leaf to the rightmost: every row meets exactly one of them. */
export function treeRules(
  nodes: TreeNodes,
  features: readonly string[],
  classes: readonly string[],
  majorities: Int32Array,
): TreeRule[] {
  const { feature, threshold, missingLeft, left, right, value, samples } = nodes;
  const rules: TreeRule[] = [];
  const pending: (readonly [node: number, conditions: readonly RuleCondition[]])[] = [[0, []]];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const [node, conditions] = item;
    if (left[node]! >= 0) {
      const name = features[feature[node]!]!;
      const limit = threshold[node]!;
      const missing = missingLeft[node] === 1;
      pending.push([right[node]!, narrowed(conditions, name, limit, Number.POSITIVE_INFINITY, !missing)]);
      pending.push([left[node]!, narrowed(conditions, name, Number.NEGATIVE_INFINITY, limit, missing)]);
      continue;
    }
    const code = majorities[node]!;
    rules.push({
      leaf: node,
      conditions,
      prediction: classes[code]!,
      share: value[node * classes.length + code]!,
      samples: samples[node]!,
    });
  }
  return rules;
}

/** The conditions with one more answer about a feature. */
function narrowed(
  conditions: readonly RuleCondition[],
  feature: string,
  above: number,
  upTo: number,
  missing: boolean,
): RuleCondition[] {
  const known = conditions.findIndex((condition) => condition.feature === feature);
  if (known < 0) return [...conditions, { feature, above, upTo, missing }];
  return conditions.with(known, {
    feature,
    above: Math.max(above, conditions[known]!.above),
    upTo: Math.min(upTo, conditions[known]!.upTo),
    missing: missing && conditions[known]!.missing,
  });
}
