import { rocAuc } from "@mlsec/evaluate";

/** How well one type of attack is found. */
export interface AttackTypeRates {
  readonly rows: number;
  /** The share of them above the threshold. */
  readonly detectionRate: number;
  /** The area under the ROC curve against the normal rows. */
  readonly auc: number;
}

/**
 * Each type of attack, by the label that its rows came with; the most frequent first.
 *
 * @param types a label for each row. @param isAttack 1 for an attack; some rows must be normal.
 */
export function attackTypeRates(
  types: readonly string[],
  isAttack: ArrayLike<number>,
  scores: Float64Array,
  threshold: number,
): Readonly<Record<string, AttackTypeRates>> {
  const normal = scores.filter((_, row) => isAttack[row] === 0);
  const byType = new Map<string, number[]>();
  for (const [row, type] of types.entries()) {
    if (isAttack[row] === 0) continue;
    const own = byType.get(type) ?? [];
    own.push(scores[row]!);
    byType.set(type, own);
  }
  const rates = [...byType].map(([type, own]): [string, AttackTypeRates] => {
    const both = Float64Array.from([...normal, ...own]);
    return [
      type,
      {
        rows: own.length,
        detectionRate: own.filter((score) => score > threshold).length / own.length,
        auc: rocAuc(
          both.map((_, place) => (place < normal.length ? 0 : 1)),
          both,
        ),
      },
    ];
  });
  // Data properties, whatever the types are called.
  return Object.fromEntries(rates.sort(([, a], [, b]) => b.rows - a.rows));
}
