import type { TextColumn, TextSketch } from "@mlsec/preprocess";

/** Most new categories of a column that are kept by name; a column of identifiers has no end of them. */
export const MAX_NEW_CATEGORIES = 100;
/** Longest new category that is kept by name, in UTF-16 code units: a cell can be as long as its file. */
export const MAX_CATEGORY_LENGTH = 256;

/** Categories, counted by those of a sketch and up to `MAX_NEW_CATEGORIES` others, so that the memory does not grow. */
export class TextCounts {
  rows = 0;
  missing = 0;
  /** Rows of each of the sketch's categories. */
  readonly known: Map<string, number>;
  /** Rows of all other categories, and of those that are kept by name. */
  otherRows = 0;
  readonly others: Map<string, number> = new Map();

  constructor({ categories }: TextSketch) {
    this.known = new Map(categories.map(([category]) => [category, 0]));
  }

  add({ codes, dictionary }: TextColumn): void {
    this.rows += codes.length;
    const counts = new Float64Array(dictionary.length);
    // In the order of the rows, so that what is kept does not depend on how they came in tables.
    const order: number[] = [];
    for (const code of codes) {
      if (code < 0) this.missing++;
      else if (counts[code]!++ === 0) order.push(code);
    }
    for (const code of order) this.count(dictionary[code]!, counts[code]!);
  }

  private count(category: string, rows: number): void {
    const known = this.known.get(category);
    if (known !== undefined) {
      this.known.set(category, known + rows);
      return;
    }
    this.otherRows += rows;
    const before = this.others.get(category);
    if (before !== undefined) this.others.set(category, before + rows);
    else if (this.others.size < MAX_NEW_CATEGORIES && category.length <= MAX_CATEGORY_LENGTH)
      this.others.set(category, rows);
  }
}
