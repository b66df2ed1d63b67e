import { listSome, MlsecError } from "./errors.js";
import { countClasses, type Labels } from "./labels.js";
import { Random } from "./numeric/index.js";
import { DEFAULT_SEED } from "./progress.js";
import { requireShares } from "./time-split.js";

/**
 * Splits rows into parts of the given shares, every class in the same proportion in each part (each class at least once
 * per part), rows chosen by the seed.
 *
 * Sizes per class are its exact shares rounded down or up, so that they add up; which parts are rounded up evens out
 * between the classes. Only where a share is less than one row does another part give more than rounding takes. Within a
 * part, rows keep their order.
 *
 * @param labels the classes of the rows.
 * @param shares positive numbers; only their proportions count.
 * @returns row indices, ascending, one array a part.
 * @throws MlsecError `class-too-small` for a class with fewer rows than there are parts, `invalid-option`.
 */
export function stratifiedSplit(labels: Labels, shares: readonly number[], seed: number = DEFAULT_SEED): Int32Array[] {
  requireShares(shares);
  const counts = countClasses(labels);
  const small = labels.classes.filter((_, code) => counts[code]! > 0 && counts[code]! < shares.length);
  if (small.length > 0) {
    throw new MlsecError(
      "class-too-small",
      `A split into ${shares.length} parts needs at least ${shares.length} rows of every class; too few has ${listSome(small)}. Add rows or exclude the class.`,
      { classes: small, expected: shares.length },
    );
  }
  const random = Random.seeded(seed);
  const partOf = new Int32Array(labels.codes.length);
  const owed = new Float64Array(shares.length);
  for (let code = 0; code < counts.length; code++) {
    const rows = random.fork(code).shuffle(rowsOfClass(labels, code));
    const sizes = apportion(rows.length, shares, owed);
    let at = 0;
    for (const [part, size] of sizes.entries()) for (let i = 0; i < size; i++) partOf[rows[at++]!] = part;
  }
  return shares.map((_, part) => Int32Array.from(partOf.keys()).filter((row) => partOf[row] === part));
}

function rowsOfClass({ codes }: Labels, wanted: number): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < codes.length; row++) if (codes[row] === wanted) rows.push(row);
  return Int32Array.from(rows);
}

/** Whole sizes in proportion to the shares, none 0 where `count` allows. `owed` carries what rounding left from class to class. */
function apportion(count: number, shares: readonly number[], owed: Float64Array): number[] {
  if (count === 0) return shares.map(() => 0);
  const sum = shares.reduce((a, b) => a + b, 0);
  const exact = shares.map((share) => (count * share) / sum);
  const sizes = exact.map((size) => Math.max(1, Math.floor(size)));
  let left = count - sizes.reduce((a, b) => a + b, 0);
  const need = (part: number): number => exact[part]! - sizes[part]! + owed[part]!;
  for (; left !== 0; left -= Math.sign(left)) {
    // Up goes only what was rounded down, once; down goes only what keeps a row.
    const parts = [...sizes.keys()].filter((part) => (left > 0 ? sizes[part]! < exact[part]! : sizes[part]! > 1));
    const best = parts.reduce((a, b) => ((left > 0 ? need(b) > need(a) : need(b) < need(a)) ? b : a));
    sizes[best]! += Math.sign(left);
  }
  for (const part of sizes.keys()) owed[part]! += exact[part]! - sizes[part]!;
  return sizes;
}
