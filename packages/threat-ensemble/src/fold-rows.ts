import { kFold, MlsecError, stratifiedKFold, type TrainTest } from "@mlsec/preprocess";
import type { Connections } from "./connections.js";

/** What a fold leaves out: rows of all kinds, or normal rows and all rows of some types of attacks. */
export type FoldBy = "rows" | "attack-type";
export const FOLD_BY: readonly FoldBy[] = ["rows", "attack-type"];

interface FoldCount {
  readonly folds: number;
  readonly seed: number;
}

/**
 * The rows that each fold learns from, and those that it leaves out: every row is left out once.
 *
 * By attack type, the types are dealt out from the most frequent on, so that what a fold scores as an attack is of types that
 * it has never seen: a rehearsal for new attacks.
 *
 * @throws MlsecError `invalid-option`, `class-too-small`; by attack type, `too-few-types` for fewer than there are folds.
 */
export function foldRows(connections: Connections, by: FoldBy, options: FoldCount): TrainTest[] {
  const { labels } = connections;
  return by === "rows" ? stratifiedKFold(labels, options) : foldsByType(connections, options);
}

function foldsByType({ labels, types }: Connections, options: FoldCount): TrainTest[] {
  const rows = Int32Array.from(labels.codes.keys());
  const normal = rows.filter((row) => labels.codes[row] === 0);
  const counts = new Map<string, number>();
  for (const row of rows) if (labels.codes[row] === 1) counts.set(types[row]!, (counts.get(types[row]!) ?? 0) + 1);
  if (counts.size < options.folds) {
    throw new MlsecError(
      "too-few-types",
      `There are ${counts.size} types of attacks for ${options.folds} folds; each fold leaves at least one out.`,
      { types: [...counts.keys()], folds: options.folds },
    );
  }
  const dealt = [...counts].sort(([, a], [, b]) => b - a).map(([type]) => type);
  const foldOf = new Map(dealt.map((type, place) => [type, place % options.folds]));
  return kFold(normal.length, options).map(({ test }, fold) => {
    const left = new Set(Array.from(test, (place) => normal[place]!));
    const isLeftOut = (row: number): boolean =>
      labels.codes[row] === 0 ? left.has(row) : foldOf.get(types[row]!) === fold;
    return { train: rows.filter((row) => !isLeftOut(row)), test: rows.filter(isLeftOut) };
  });
}
