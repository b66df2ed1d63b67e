import type { ColumnCategories } from "../encoders/column-categories.js";
import type { InputColumn } from "./frame.js";

/** A function of one number. */
export type ValueMap = (value: number) => number;

/** The text of an input column: which one, and what a missing cell is replaced by (null: nothing). */
export interface TextOrigin {
  readonly from: "text";
  readonly input: number;
  readonly fill: string | null;
}

/** Where the number of a slot comes from, before any maps: an input, the code of a text, or whether it has a place. */
export type NumberOrigin =
  | { readonly from: "number"; readonly input: number }
  | { readonly from: "code"; readonly text: TextOrigin; readonly categories: ColumnCategories }
  | {
      readonly from: "indicator";
      readonly text: TextOrigin;
      readonly categories: ColumnCategories;
      readonly place: number;
    };

/**
 * What becomes of one record's cells on the way through the steps: the counterpart of a frame's column, where a recipe
 * stands instead of cells. A text slot has no maps.
 */
export interface Slot {
  readonly name: string;
  readonly origin: TextOrigin | NumberOrigin;
  readonly maps: readonly ValueMap[];
}

/** The slots of a record as it comes. */
export function enterSlots(inputs: readonly InputColumn[]): Slot[] {
  return inputs.map(({ name, type }, input) => ({
    name,
    origin: type === "number" ? { from: "number", input } : { from: "text", input, fill: null },
    maps: [],
  }));
}
