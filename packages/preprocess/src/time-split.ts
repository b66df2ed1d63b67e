import { MlsecError } from "./errors.js";
import { groupRows, mergedRows, type RowKeys } from "./groups.js";
import { compareCodePoints } from "./text.js";

/**
 * Splits rows into parts by time, the earliest first: what a model meets later it must not have learned from. Rows of one
 * time (or day, where the times are days) are never divided, so parts are as near to their shares as that allows.
 *
 * @param times numbers, or texts that sort by code point as they do by time (ISO 8601 does, names of weekdays do not).
 * @param shares positive numbers; only their proportions count.
 * @returns row indices, ascending, one array a part.
 * @throws MlsecError `missing-key`, `mixed-times`, `too-few-times` where there are fewer times than parts, `invalid-option`.
 */
export function timeSplit(times: RowKeys, shares: readonly number[]): Int32Array[] {
  requireShares(shares);
  const { keys, rows } = groupRows(times);
  const order = [...keys.keys()].sort((a, b) => compareTimes(keys[a]!, keys[b]!));
  if (order.length < shares.length) {
    throw new MlsecError(
      "too-few-times",
      `A split into ${shares.length} parts needs as many different times; there are ${order.length}.`,
      { expected: shares.length, got: order.length },
    );
  }
  const ends = cutsNear(
    order.map((group) => rows[group]!.length),
    shares,
  );
  return ends.map((end, part) => mergedRows(order.slice(ends[part - 1] ?? 0, end).map((group) => rows[group]!)));
}

/** @throws MlsecError `invalid-option`. */
export function requireShares(shares: readonly number[]): void {
  if (shares.length > 0 && shares.every((share) => share > 0 && share < Number.POSITIVE_INFINITY)) return;
  throw new MlsecError("invalid-option", `Shares of a split must be positive numbers, not ${shares.join(", ")}.`, {
    got: shares,
  });
}

function compareTimes(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  throw new MlsecError(
    "mixed-times",
    `Times must be all numbers or all texts, but ${JSON.stringify(a)} and ${JSON.stringify(b)} are both.`,
    {
      got: [a, b],
    },
  );
}

/**
 * Where to end each part so that parts of whole blocks come near to their shares of all rows; every part has a block at
 * least.
 */
function cutsNear(sizes: readonly number[], shares: readonly number[]): number[] {
  const rows = sizes.reduce((a, b) => a + b, 0);
  const sum = shares.reduce((a, b) => a + b, 0);
  const ends: number[] = [];
  let end = 0;
  let before = 0;
  let wanted = 0;
  for (const [part, share] of shares.entries()) {
    wanted += (rows * share) / sum;
    const last = sizes.length - (shares.length - 1 - part);
    // One block, then more as long as that comes nearer to the wanted number of rows.
    before += sizes[end++]!;
    while (end < last && (part === shares.length - 1 || before + sizes[end]! / 2 <= wanted)) before += sizes[end++]!;
    ends.push(end);
  }
  return ends;
}
