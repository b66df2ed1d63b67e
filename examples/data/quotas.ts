import type { Random } from "@mlsec/preprocess/numeric";

/** Rows drawn at random, as many of each label as its quota says, in random order; undefined where one has too few. */
export function quotaRows(
  labels: readonly string[],
  quotas: ReadonlyMap<string, number>,
  random: Random,
): Int32Array | undefined {
  const byLabel = new Map<string, number[]>();
  for (const [row, label] of labels.entries()) {
    const rows = byLabel.get(label);
    if (rows === undefined) byLabel.set(label, [row]);
    else rows.push(row);
  }
  const chosen: number[] = [];
  for (const [label, rows] of quotas) {
    const candidates = byLabel.get(label) ?? [];
    if (candidates.length < rows) return undefined;
    for (const row of random.shuffle(candidates).slice(0, rows)) chosen.push(row);
  }
  return Int32Array.from(random.shuffle(chosen));
}
