import type { TextColumn, TextSketch } from "@mlsec/preprocess";
import { driftOfShares, type ShareDrift } from "./shares.js";

/** Most categories beyond those of training that are told apart; the rows of more are counted together. */
const MOST_NEW = 1000;

/** Longest name of a new category that is kept, in UTF-16 code units. */
const LONGEST_NAME = 100;

/** How many new categories a report names. */
const NAMED = 20;

/** How the categories of a column differ from those of training. */
export interface TextDrift extends ShareDrift {
  /**
   * Share of the present cells whose category training did not have; null where the training sketch could not keep all, so
   * that new ones cannot be told from rare ones. These rows count as a bin of their own.
   */
  readonly newShare: number | null;
  /** New categories with their rows, the most first, at most 20. */
  readonly newCategories: readonly { readonly category: string; readonly rows: number }[];
}

/** Counts a column's categories, in memory bounded by training's categories and `MOST_NEW`. */
export class TextCounts {
  count = 0;
  missing = 0;
  private readonly known: ReadonlyMap<string, number>;
  private readonly rows: Float64Array;
  private readonly others = new Map<string, number>();
  private otherRows = 0;

  constructor(private readonly sketch: TextSketch) {
    this.known = new Map(sketch.categories.map(([category], place) => [category, place]));
    this.rows = new Float64Array(sketch.categories.length);
  }

  add({ codes, dictionary }: TextColumn): void {
    const rowsOf = new Float64Array(dictionary.length);
    for (const code of codes) {
      if (code < 0) this.missing++;
      else rowsOf[code]!++;
    }
    for (const [code, category] of dictionary.entries()) this.note(category, rowsOf[code]!);
  }

  private note(category: string, rows: number): void {
    if (rows === 0) return;
    this.count += rows;
    const place = this.known.get(category);
    if (place !== undefined) {
      this.rows[place]! += rows;
      return;
    }
    this.otherRows += rows;
    const name = category.slice(0, LONGEST_NAME);
    if (this.others.has(name) || this.others.size < MOST_NEW)
      this.others.set(name, (this.others.get(name) ?? 0) + rows);
  }

  /** Null where one side has no category. @param tail as for `driftOfShares`. */
  drift(tail: number): TextDrift | null {
    const { categories, otherCategories, otherRows } = this.sketch;
    const known = categories.reduce((sum, [, rows]) => sum + rows, otherRows);
    if (known === 0 || this.count === 0) return null;
    const isComplete = otherCategories === 0;
    const [reference, now] = this.bins(known);
    return {
      ...driftOfShares(reference, now, tail),
      newShare: isComplete ? this.otherRows / this.count : null,
      newCategories: isComplete
        ? [...this.others]
            .map(([category, rows]) => ({ category, rows }))
            .sort((a, b) => b.rows - a.rows)
            .slice(0, NAMED)
        : [],
    };
  }

  /** A bin for each category with a hundredth of training's rows, one for the rest, new ones among them. */
  private bins(known: number): [reference: number[], now: number[]] {
    const { categories } = this.sketch;
    const wide = categories.flatMap(([, rows], place) => (rows >= known * WIDTH ? [place] : []));
    const reference = wide.map((place) => categories[place]![1]);
    const now = wide.map((place) => this.rows[place]!);
    const rest = (total: number, parts: readonly number[]): number =>
      total - parts.reduce((sum, rows) => sum + rows, 0);
    reference.push(rest(known, reference));
    now.push(rest(this.count, now));
    return [reference, now];
  }
}

/** Least share of training's rows of a category that is a bin of its own. */
const WIDTH = 0.01;
