import type { StateReader } from "@mlsec/preprocess";
import type { TextColumn } from "./frame.js";
import { type GraphBuilder, ML_DOMAIN, type Value } from "./graph-builder.js";
import { isWritable } from "./names.js";

/** What a text is that has no place: none of the places, or a row that an encoder refuses. */
const NOWHERE = -1;
const REFUSED = Number.NaN;

/** A column's categories, as the state of an encoder has them. */
export interface Categories {
  readonly name: string;
  /** Those with a place of their own, from 0; the place after them is that of all others, if there is one. */
  readonly categories: readonly string[];
  readonly rare: readonly string[];
  readonly other: boolean;
}

export function categoriesOf(column: StateReader): Categories {
  return {
    name: column.string("name"),
    categories: column.strings("categories"),
    rare: column.strings("rare"),
    other: column.boolean("other"),
  };
}

/** What becomes of texts without a place; see section 5 of docs/bundle-format.md. */
export interface Policies {
  readonly unknown: string;
  readonly missing: string;
}

export function policiesOf(encoder: StateReader): Policies {
  return { unknown: encoder.string("unknown"), missing: encoder.string("missing") };
}

/** The places of a column's cells as floats, which hold them exactly: rows × 1. */
export interface Places {
  readonly values: Value;
  /** rows × 1: whether the encoder takes the row; null where it refuses none. */
  readonly taken: Value | null;
  /** Whether some are −1: texts that belong nowhere. */
  readonly mayBeNowhere: boolean;
}

/** Looks a text up. ONNX has no missing texts: the empty one is a missing cell, unless it is one of the categories. */
export function placesInGraph(
  graph: GraphBuilder,
  { text, fill }: TextColumn,
  own: Categories,
  { unknown, missing }: Policies,
): Places {
  const places = new Map(own.categories.map((category, place) => [category, place]));
  for (const category of own.rare) places.set(category, own.categories.length);
  const placeUnder = (policy: string): number => {
    if (policy === "error") return REFUSED;
    return policy !== "ignore" && own.other ? own.categories.length : NOWHERE;
  };
  const otherwise = placeUnder(unknown);
  if (!places.has("")) places.set("", fill === null ? placeUnder(missing) : (places.get(fill) ?? otherwise));
  // A text that UTF-8 cannot spell cannot come in either.
  const known = [...places].filter(([category]) => isWritable(category));
  const [values] = graph.nodeOf(
    ML_DOMAIN,
    "LabelEncoder",
    [text],
    {
      keys_strings: { texts: known.map(([category]) => category) },
      values_floats: { floats: known.map(([, place]) => place) },
      default_float: { float: otherwise },
    },
    [`places of ${own.name}`],
  );
  const policies = [unknown, missing];
  return {
    values: values!,
    taken: policies.includes("error") ? graph.node("Not", [graph.node("IsNaN", [values!])]) : null,
    mayBeNowhere: policies.map(placeUnder).includes(NOWHERE),
  };
}
