import { MlsecError } from "./errors.js";
import type { Labels } from "./labels.js";
import { Random } from "./numeric/index.js";
import { DEFAULT_SEED } from "./progress.js";
import { requireRows } from "./rows.js";

export interface ResampleOptions {
  /** The rows to draw from: the training part, never all rows. Default all rows of the labels. */
  readonly rows?: Int32Array | undefined;
  /** How many rows a class is to have. Default: as the largest class (`oversample`), or the smallest (`undersample`). */
  readonly to?: number | undefined;
  /** Default 42. */
  readonly seed?: number | undefined;
}

/**
 * Repeats rows of the smaller classes, drawn at random, until every class that has rows has as many as `to` says; classes
 * with more stay as they are. Split first: a row that is repeated on both sides of a split measures nothing.
 *
 * @returns the given rows in their order, then the repeated ones class by class.
 * @throws MlsecError `invalid-option`, `row-out-of-range`.
 */
export function oversample(labels: Labels, options: ResampleOptions = {}): Int32Array {
  const { rows, byClass, random } = prepared(labels, options);
  const to = checkedTo(options.to ?? Math.max(0, ...byClass.map((members) => members.length)));
  const extra = byClass.flatMap((members, code) => {
    const draws = random.fork(code);
    const lacking = members.length === 0 ? 0 : Math.max(0, to - members.length);
    return Array.from({ length: lacking }, () => members[draws.below(members.length)]!);
  });
  const all = new Int32Array(rows.length + extra.length);
  all.set(rows);
  all.set(extra, rows.length);
  return all;
}

/**
 * Leaves out rows of the larger classes, drawn at random, until none has more than `to` says.
 *
 * @returns the rows that stay, in their order.
 * @throws MlsecError `invalid-option`, `row-out-of-range`.
 */
export function undersample(labels: Labels, options: ResampleOptions = {}): Int32Array {
  const { rows, byClass, random } = prepared(labels, options);
  const sizes = byClass.map((members) => members.length).filter((size) => size > 0);
  const to = checkedTo(options.to ?? (sizes.length === 0 ? 0 : Math.min(...sizes)));
  const keep = new Uint8Array(rows.length);
  for (const [code, places] of placesByClass(labels, rows).entries()) {
    for (const place of random.fork(code).shuffle(places).slice(0, to)) keep[place] = 1;
  }
  return rows.filter((_, place) => keep[place] === 1);
}

function prepared(
  labels: Labels,
  { rows: given, seed = DEFAULT_SEED }: ResampleOptions,
): { rows: Int32Array; byClass: number[][]; random: Random } {
  const rows = given ?? Int32Array.from(labels.codes.keys());
  requireRows(rows, labels.codes.length);
  const byClass = placesByClass(labels, rows).map((places) => places.map((place) => rows[place]!));
  return { rows, byClass, random: Random.seeded(seed) };
}

/** For every class, the places among `rows` at which it stands. */
function placesByClass({ codes, classes }: Labels, rows: Int32Array): number[][] {
  const places = classes.map((): number[] => []);
  for (let place = 0; place < rows.length; place++) places[codes[rows[place]!]!]!.push(place);
  return places;
}

function checkedTo(to: number): number {
  if (Number.isSafeInteger(to) && to >= 0) return to;
  throw new MlsecError("invalid-option", `to must be a whole number of rows, not ${to}.`, { got: to });
}
