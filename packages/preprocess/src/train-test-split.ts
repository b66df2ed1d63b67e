import { MlsecError } from "./errors.js";
import { groupRows, mergedRows, otherRows, type RowKeys } from "./groups.js";
import type { Labels } from "./labels.js";
import { Random } from "./numeric/index.js";
import { DEFAULT_SEED } from "./progress.js";
import { stratifiedSplit } from "./split.js";
import { timeSplit } from "./time-split.js";

export interface TrainTestSplitOptions {
  /** Share of the rows that are to be the test part, above 0 and below 1. Default 0.25. */
  readonly testSize?: number | undefined;
  /** Every class in the same proportion in both parts. */
  readonly stratify?: Labels | undefined;
  /** Rows of one group all on one side: no host, capture or session in both. */
  readonly groups?: RowKeys | undefined;
  /** The latest rows are the test part; rows of one time, or day, all on one side. See `timeSplit`. */
  readonly time?: RowKeys | undefined;
  /** Default 42; without effect where the time decides. */
  readonly seed?: number | undefined;
}

/** Row indices, ascending. */
export interface TrainTest {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Splits rows into a training and a test part, at random unless options say by what. At most one of `stratify`, `groups`
 * and `time` may be given. As scikit-learn's `train_test_split`, the size of the test part is rounded up, but rows are
 * drawn by this project's own generator, and keep their order.
 *
 * @param rows how many rows there are.
 * @throws MlsecError `invalid-option`, `length-mismatch`, `too-few-rows`, `too-few-groups`, and those of `stratifiedSplit`
 *   and `timeSplit`.
 */
export function trainTestSplit(rows: number, options: TrainTestSplitOptions = {}): TrainTest {
  const { testSize = 0.25, stratify, groups, time, seed = DEFAULT_SEED } = options;
  if (!Number.isSafeInteger(rows)) {
    throw new MlsecError("invalid-option", "Say how many rows there are: a whole number, such as table.rows.", {
      got: typeof rows === "number" ? rows : typeof rows,
    });
  }
  if (!(testSize > 0 && testSize < 1)) {
    throw new MlsecError("invalid-option", `testSize must be above 0 and below 1, not ${testSize}.`, { got: testSize });
  }
  requireOne({ stratify, groups, time });
  requireLength(rows, stratify?.codes ?? groups ?? time);
  if (stratify !== undefined) return asTrainTest(stratifiedSplit(stratify, [1 - testSize, testSize], seed));
  if (time !== undefined) return asTrainTest(timeSplit(time, [1 - testSize, testSize]));
  if (groups !== undefined) return splitGroups(groups, rows * testSize, seed);
  const size = Math.ceil(rows * testSize);
  if (size === rows || rows < 2) {
    throw new MlsecError("too-few-rows", `${rows} rows cannot be split into a training and a test part.`, {
      got: rows,
    });
  }
  const order = Random.seeded(seed).shuffle(Int32Array.from({ length: rows }, (_, row) => row));
  const test = order.subarray(0, size).slice().sort();
  return { train: otherRows(test, rows), test };
}

/** Takes groups in random order for as long as that brings the test part nearer to its size. */
function splitGroups(keys: RowKeys, wanted: number, seed: number): TrainTest {
  const { rows } = groupRows(keys);
  if (rows.length < 2) {
    throw new MlsecError("too-few-groups", `Rows of ${rows.length} group cannot be split by group.`, {
      got: rows.length,
    });
  }
  const order = Random.seeded(seed).shuffle([...rows.keys()]);
  const chosen: Int32Array[] = [];
  let size = 0;
  for (const group of order) {
    const members = rows[group]!;
    const isNearer = Math.abs(size + members.length - wanted) < Math.abs(size - wanted);
    if (!isNearer || chosen.length === rows.length - 1) continue;
    chosen.push(members);
    size += members.length;
  }
  // Where every group is more than twice the wanted size, the smallest is nearest.
  if (chosen.length === 0) chosen.push(rows.reduce((a, b) => (b.length < a.length ? b : a)));
  const test = mergedRows(chosen);
  return { train: otherRows(test, keys.length), test };
}

function asTrainTest([train, test]: readonly Int32Array[]): TrainTest {
  return { train: train!, test: test! };
}

function requireOne(options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).filter((name) => options[name] !== undefined);
  if (given.length <= 1) return;
  throw new MlsecError("invalid-option", `A split goes by one of ${given.join(", ")}, not by several at once.`, {
    got: given,
  });
}

function requireLength(rows: number, perRow: ArrayLike<unknown> | undefined): void {
  if (perRow === undefined || perRow.length === rows) return;
  throw new MlsecError("length-mismatch", `There are ${rows} rows, but ${perRow.length} labels, groups or times.`, {
    expected: rows,
    got: perRow.length,
  });
}
