import { MlsecError } from "./errors.js";
import { groupRows, mergedRows, otherRows, type RowKeys } from "./groups.js";
import type { Labels } from "./labels.js";
import { Random } from "./numeric/index.js";
import { DEFAULT_SEED } from "./progress.js";
import { stratifiedSplit } from "./split.js";
import type { TrainTest } from "./train-test-split.js";

export interface FoldOptions {
  /** How many folds, at least 2. Default 5. */
  readonly folds?: number | undefined;
  /** Default 42. */
  readonly seed?: number | undefined;
}

/** Most combinations of groups that `leaveGroupsOut` makes folds of. */
const MAX_FOLDS = 10_000;

/**
 * Cross-validation folds of nearly equal size, rows drawn at random: every row is in exactly one test part.
 *
 * @param rows how many rows there are.
 * @throws MlsecError `invalid-option`, also for more folds than rows.
 */
export function kFold(rows: number, { folds = 5, seed = DEFAULT_SEED }: FoldOptions = {}): TrainTest[] {
  requireFolds(folds, rows, "rows");
  const order = Random.seeded(seed).shuffle(Int32Array.from({ length: rows }, (_, row) => row));
  return Array.from({ length: folds }, (_, fold) => {
    const test = order.slice(Math.floor((rows * fold) / folds), Math.floor((rows * (fold + 1)) / folds)).sort();
    return { train: otherRows(test, rows), test };
  });
}

/**
 * Folds in which every class has the same proportion, as in `stratifiedSplit`.
 *
 * @throws MlsecError `class-too-small` for a class with fewer rows than folds (scikit-learn only warns), `invalid-option`.
 */
export function stratifiedKFold(labels: Labels, { folds = 5, seed = DEFAULT_SEED }: FoldOptions = {}): TrainTest[] {
  const rows = labels.codes.length;
  requireFolds(folds, rows, "rows");
  return stratifiedSplit(labels, Array<number>(folds).fill(1), seed).map((test) => ({
    train: otherRows(test, rows),
    test,
  }));
}

/**
 * Folds in which rows of one group are all on one side. As scikit-learn's GroupKFold: the largest group first, each into
 * the fold that has the fewest rows so far; nothing is random.
 *
 * @throws MlsecError `invalid-option`, also for more folds than groups; `missing-key`.
 */
export function groupKFold(groups: RowKeys, { folds = 5 }: Pick<FoldOptions, "folds"> = {}): TrainTest[] {
  const { rows } = groupRows(groups);
  requireFolds(folds, rows.length, "groups");
  const members = Array.from({ length: folds }, (): Int32Array[] => []);
  const sizes = new Int32Array(folds);
  for (const group of [...rows].sort((a, b) => b.length - a.length)) {
    const lightest = sizes.indexOf(Math.min(...sizes));
    members[lightest]!.push(group);
    sizes[lightest]! += group.length;
  }
  return members.map((lists) => {
    const test = mergedRows(lists);
    return { train: otherRows(test, groups.length), test };
  });
}

/**
 * One fold for every group (or every combination of `size` groups), which is left out of the training part: how would the
 * model do on a host, a day or a family of attacks that it never saw?
 *
 * @param options `size`: how many groups are left out at once, at least 1 and fewer than there are. Default 1.
 * @returns folds in the order of the groups' first rows, each with the keys of the groups that are left out.
 * @throws MlsecError `invalid-option`, also for more than 10,000 combinations; `missing-key`.
 */
export function leaveGroupsOut(
  groups: RowKeys,
  { size = 1 }: { readonly size?: number | undefined } = {},
): (TrainTest & { readonly groups: readonly (string | number)[] })[] {
  const { keys, rows } = groupRows(groups);
  if (!(Number.isInteger(size) && size >= 1 && size < keys.length)) {
    throw new MlsecError(
      "invalid-option",
      `From ${keys.length} groups at least 1 and at most ${keys.length - 1} can be left out, not ${size}.`,
      { got: size, groups: keys.length },
    );
  }
  return combinations(keys.length, size).map((chosen) => {
    const test = mergedRows(chosen.map((group) => rows[group]!));
    return { groups: chosen.map((group) => keys[group]!), train: otherRows(test, groups.length), test };
  });
}

/** All ascending choices of `size` numbers below `count`. */
function combinations(count: number, size: number): number[][] {
  let made: number[][] = [[]];
  for (let taken = 0; taken < size; taken++) {
    made = made.flatMap((chosen) => {
      const start = (chosen.at(-1) ?? -1) + 1;
      return Array.from({ length: Math.max(0, count - size + taken + 1 - start) }, (_, i) => [...chosen, start + i]);
    });
    if (made.length > MAX_FOLDS) {
      throw new MlsecError("invalid-option", `${size} of ${count} groups make more than ${MAX_FOLDS} folds.`, {
        got: size,
        limit: MAX_FOLDS,
      });
    }
  }
  return made;
}

function requireFolds(folds: number, most: number, what: string): void {
  if (Number.isInteger(folds) && folds >= 2 && folds <= most) return;
  throw new MlsecError(
    "invalid-option",
    `folds must be an integer from 2 to the number of ${what} (${most}), not ${folds}.`,
    { got: folds, limit: most },
  );
}
