import { asText, type Column, type NumberColumn, type NumberSketch, type TextSketch } from "@mlsec/preprocess";
import { type Measured, measureNumbers, measureTexts } from "./column-drift.js";
import { NumberCounts } from "./number-counts.js";
import type { FeatureDrift, NumberDrift, TextDrift } from "./report.js";
import { TextCounts } from "./text-counts.js";

/** A column that is compared with its sketch as its cells come. */
export interface TrackedColumn<Drift extends FeatureDrift = FeatureDrift> {
  readonly name: string;
  readonly type: Drift["type"];
  add(column: Column): void;
  measure(): Measured<Drift>;
}

export function trackedNumbers(name: string, sketch: NumberSketch): TrackedColumn<NumberDrift> {
  const counts = new NumberCounts(sketch);
  return {
    name,
    type: "number",
    add: (column) => counts.add((column as NumberColumn).values),
    measure: () => measureNumbers(name, sketch, counts),
  };
}

export function trackedTexts(name: string, sketch: TextSketch): TrackedColumn<TextDrift> {
  const counts = new TextCounts(sketch);
  return {
    name,
    type: "text",
    add: (column) => counts.add(asText(column)),
    measure: () => measureTexts(name, sketch, counts),
  };
}
