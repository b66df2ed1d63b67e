import { listSome, MlsecError } from "../errors.js";
import type { State, StateReader } from "../state.js";
import { type Column, type TextColumn, textColumn } from "../table.js";
import { compareCodePoints } from "../text.js";

/** Most categories of one column. A column with more is an identifier, not a category. */
export const MAX_CATEGORIES = 10_000;

/** What becomes of a category that training did not see, or of a missing cell: refused, nothing, or one of the others. */
export type CategoryPolicy = "error" | "ignore" | "other" | "infrequentIfExist";

/** How an encoder treats what it has no place for. */
export interface CategoryPolicies {
  readonly unknown: CategoryPolicy;
  readonly missing: CategoryPolicy;
}

/** The place of a cell that is ignored. */
export const NOWHERE = -1;
/** The place of a cell that the policy refuses. */
export const REFUSED = -2;

/** The places of a column's cells; a refusal is an error as soon as anything depends on the column. */
export interface PlacedCells {
  readonly places: Int32Array;
  readonly refusal: MlsecError | null;
}

/**
 * The categories of one column, each with a place: 0 … k − 1 in code-point order for those with a place of their own, and
 * k for all others where there is such a place: rare ones, and unknown and missing ones as the policies say.
 */
export class ColumnCategories {
  /** The place of a missing cell. */
  readonly missingPlace: number;
  private readonly unknownPlace: number;
  private readonly placeByText: ReadonlyMap<string, number>;

  constructor(
    readonly name: string,
    readonly categories: readonly string[],
    /** Categories that training saw too rarely for a place of their own. */
    readonly rare: readonly string[],
    /** Whether there is a place for all others. */
    readonly other: boolean,
    policies: CategoryPolicies,
  ) {
    const places = new Map(categories.map((category, place) => [category, place]));
    for (const category of rare) places.set(category, categories.length);
    this.placeByText = places;
    this.unknownPlace = this.placeUnder(policies.unknown);
    this.missingPlace = this.placeUnder(policies.missing);
  }

  /**
   * Learns from training cells.
   *
   * @param minCount categories in fewer rows are rare.
   * @param alwaysOther whether there is a place for others even where nothing calls for one.
   * @throws MlsecError `too-many-categories`, `invalid-option`, and `missing-category` where missing cells are refused.
   */
  static learn(
    column: Column,
    name: string,
    policies: CategoryPolicies,
    minCount: number | undefined,
    alwaysOther: boolean,
  ): ColumnCategories {
    const { codes, dictionary } = asText(column);
    const least = checkedMinCount(minCount);
    const counts = new Int32Array(dictionary.length);
    let missing = 0;
    for (let row = 0; row < codes.length; row++) {
      if (codes[row]! < 0) missing++;
      else counts[codes[row]!]!++;
    }
    const seen = [...counts.keys()].filter((code) => counts[code]! > 0);
    requireFewCategories(name, seen.length);
    const texts = (wanted: (count: number) => boolean): string[] =>
      seen
        .filter((code) => wanted(counts[code]!))
        .map((code) => dictionary[code]!)
        .sort(compareCodePoints);
    const rare = texts((count) => count < least);
    const other =
      alwaysOther ||
      rare.length > 0 ||
      policies.unknown === "other" ||
      policies.missing === "other" ||
      (policies.missing === "infrequentIfExist" && missing > 0);
    const learned = new ColumnCategories(
      name,
      texts((count) => count >= least),
      rare,
      other,
      policies,
    );
    if (missing > 0 && learned.missingPlace === REFUSED) throw learned.refusal(new Map(), missing);
    return learned;
  }

  /** Number of places. */
  get width(): number {
    return this.categories.length + (this.other ? 1 : 0);
  }

  /** The place of a text, or of a missing cell: `NOWHERE` where it is ignored, `REFUSED` where the policy refuses it. */
  placeOf(text: string | null): number {
    return text === null ? this.missingPlace : (this.placeByText.get(text) ?? this.unknownPlace);
  }

  /** The place of every cell. @throws MlsecError `unknown-category` or `missing-category` where the policy refuses some. */
  placesOf(column: Column): Int32Array {
    const { places, refusal } = this.placed(column);
    if (refusal !== null) throw refusal;
    return places;
  }

  /** The place of every cell, and the error of those that the policy refuses, with their categories and rows counted. */
  placed(column: Column): PlacedCells {
    const { codes, dictionary } = asText(column);
    const placeByCode = Int32Array.from(dictionary, (text) => this.placeOf(text));
    const places = new Int32Array(codes.length);
    const unknown = new Map<string, number>();
    let missing = 0;
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!;
      const place = code < 0 ? this.missingPlace : placeByCode[code]!;
      places[row] = place;
      if (place !== REFUSED) continue;
      if (code < 0) missing++;
      else unknown.set(dictionary[code]!, (unknown.get(dictionary[code]!) ?? 0) + 1);
    }
    return { places, refusal: unknown.size + missing > 0 ? this.refusal(unknown, missing) : null };
  }

  toState(): State {
    return { name: this.name, categories: this.categories, rare: this.rare, other: this.other };
  }

  static fromState(reader: StateReader, policies: CategoryPolicies): ColumnCategories {
    const categories = reader.strings("categories");
    const rare = reader.strings("rare");
    const total = categories.length + rare.length;
    if (total > MAX_CATEGORIES || new Set([...categories, ...rare]).size !== total) {
      reader.fail("categories", `with "rare" at most ${MAX_CATEGORIES} distinct strings`);
    }
    const other = reader.boolean("other");
    if (rare.length > 0 && !other) reader.fail("other", "true where there are rare categories");
    return new ColumnCategories(reader.string("name"), categories, rare, other, policies);
  }

  private placeUnder(policy: CategoryPolicy): number {
    if (policy === "error") return REFUSED;
    return policy !== "ignore" && this.other ? this.categories.length : NOWHERE;
  }

  private refusal(unknown: ReadonlyMap<string, number>, missing: number): MlsecError {
    const parts = [
      unknown.size > 0 ? `categories that training did not see (${listSome([...unknown.keys()])})` : "",
      missing > 0 ? `${missing} missing ${missing === 1 ? "cell" : "cells"}` : "",
    ].filter(Boolean);
    return new MlsecError(
      unknown.size > 0 ? "unknown-category" : "missing-category",
      `Column ${JSON.stringify(this.name)} has ${parts.join(" and ")}, which this encoder refuses. Correct them, or declare another policy.`,
      { column: this.name, unknown: Object.fromEntries(unknown), missing },
    );
  }
}

/** The policies of a state. */
export function policiesFromState(reader: StateReader, choices: readonly CategoryPolicy[]): CategoryPolicies {
  return { unknown: reader.oneOf("unknown", choices), missing: reader.oneOf("missing", choices) };
}

/** @throws MlsecError `invalid-option` for a policy that is none of the choices. */
export function checkedPolicies(
  unknown: CategoryPolicy,
  missing: CategoryPolicy,
  choices: readonly CategoryPolicy[],
): CategoryPolicies {
  for (const policy of [unknown, missing]) {
    if (choices.includes(policy)) continue;
    throw new MlsecError("invalid-option", `A policy is one of ${listSome(choices)}, not ${JSON.stringify(policy)}.`, {
      got: policy,
      expected: choices,
    });
  }
  return { unknown, missing };
}

/** The column as text: numbers in their shortest form. */
export function asText(column: Column): TextColumn {
  if (column.kind === "text") return column;
  return textColumn(Array.from(column.values, (value) => (Number.isNaN(value) ? null : String(value))));
}

/** @throws MlsecError `too-many-categories`. */
export function requireFewCategories(name: string, count: number): void {
  if (count <= MAX_CATEGORIES) return;
  throw new MlsecError(
    "too-many-categories",
    `Column ${JSON.stringify(name)} has ${count} different texts (the limit is ${MAX_CATEGORIES}). It looks like an identifier: drop it.`,
    { column: name, got: count, limit: MAX_CATEGORIES },
  );
}

function checkedMinCount(minCount = 1): number {
  if (Number.isSafeInteger(minCount) && minCount >= 1) return minCount;
  throw new MlsecError("invalid-option", `minCount must be an integer of at least 1, not ${minCount}.`, {
    got: minCount,
  });
}
