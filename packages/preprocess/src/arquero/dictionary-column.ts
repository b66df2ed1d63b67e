import type { TextColumn } from "../table.js";
import type { ArqueroColumn } from "./to-arquero.js";

/** A text column as arquero reads one: cells by row, null where missing. The texts stay in their dictionary. */
export class DictionaryColumn implements ArqueroColumn {
  readonly length: number;

  constructor(readonly column: TextColumn) {
    this.length = column.codes.length;
  }

  at(row: number): string | null {
    return this.column.dictionary[this.column.codes[row]!] ?? null;
  }

  *[Symbol.iterator](): IterableIterator<string | null> {
    for (let row = 0; row < this.length; row++) yield this.at(row);
  }
}
