import { type CategoryPolicy, LabelEncoder, OneHotEncoder, OrdinalEncoder, type State } from "@mlsec/preprocess";
import {
  type Attributes,
  fittedAttributes,
  invalidModel,
  itemsOf,
  labelOf,
  labelsOf,
  sklearnClass,
} from "./attributes.js";
import { defaultFeatures } from "./import-trees.js";
import { MAX_FEATURES, MAX_NAMES } from "./limits.js";
import { NumpyArray } from "./numpy-array.js";
import type { PythonObject, PythonValue } from "./python-value.js";

/** An encoder of columns as the file has it. */
export interface ImportedEncoder {
  readonly encoder: OrdinalEncoder | OneHotEncoder;
  /** As steps of a preprocessor are called. */
  readonly step: "ordinalEncode" | "oneHotEncode";
  /** Names of its columns, where the file has them. */
  readonly features: readonly string[] | null;
}

export function isLabelEncoder(value: PythonValue | undefined): value is PythonObject {
  return sklearnClass(value) === "LabelEncoder";
}

export function isColumnEncoder(value: PythonValue | undefined): value is PythonObject {
  const name = sklearnClass(value);
  return name === "OrdinalEncoder" || name === "OneHotEncoder";
}

/** scikit-learn's LabelEncoder: its classes, in its order. @throws JoblibError `invalid-model`. */
export function importLabelEncoder(estimator: PythonObject, path: string): LabelEncoder {
  const classes = fittedAttributes(estimator, path, "classes_").labels("classes_")!;
  return LabelEncoder.fromState({ classes });
}

/**
 * scikit-learn's OrdinalEncoder or OneHotEncoder. Categories that are numbers become texts in their shortest form, as which
 * mlsec's encoders take the numbers of a column. None and NaN among the categories become missing cells, which get the place
 * that they have there.
 *
 * @param naming names of the columns; default the file's, or `x0`, `x1`, ….
 * @throws JoblibError `invalid-model` for what mlsec's encoders do not do: a code for unknown categories that is not the next
 *   one, columns of which one category is dropped.
 */
export function importColumnEncoder(
  estimator: PythonObject,
  path: string,
  naming?: readonly string[],
): ImportedEncoder {
  const attributes = fittedAttributes(estimator, path, "categories_");
  const lists = itemsOf(attributes.get("categories_")) ?? [];
  if (lists.length > MAX_FEATURES) return attributes.fail("categories_", `at most ${MAX_FEATURES} lists`);
  const named = attributes.labels("feature_names_in_") ?? null;
  const names = naming ?? named ?? defaultFeatures(lists.length);
  if (names.length !== lists.length)
    throw invalidModel(path, `has ${lists.length} columns, but ${names.length} names for them`);
  const rare = itemsOf(attributes.get("_infrequent_indices")) ?? [];
  let total = 0;
  const columns = lists.map((list, place) => {
    total += itemsOf(list)?.length ?? 0;
    // One list may be in a file many times.
    if (total > MAX_NAMES) return attributes.fail("categories_", `at most ${MAX_NAMES} categories together`);
    return columnOf(list, names[place]!, rare[place] ?? null, `${attributes.at("categories_")}[${place}]`);
  });
  const isOrdinal = sklearnClass(estimator) === "OrdinalEncoder";
  const policies = isOrdinal ? ordinalPolicies(attributes, columns) : oneHotPolicies(attributes, columns);
  const state: State = {
    ...policies,
    columns: columns.map(({ name, categories, rare: seldom, missing }) => ({
      name,
      categories,
      rare: seldom,
      // An ordinal code for all others is always there; a column of ones only where training had others.
      other: isOrdinal || seldom.length > 0 || missing !== null,
    })),
  };
  return isOrdinal
    ? { encoder: OrdinalEncoder.fromState(state), step: "ordinalEncode", features: named }
    : { encoder: OneHotEncoder.fromState(state), step: "oneHotEncode", features: named };
}

interface ColumnOfCategories {
  readonly name: string;
  readonly categories: readonly string[];
  readonly rare: readonly string[];
  /** Which kind of missing cells was a category, if any. */
  readonly missing: "None" | "NaN" | null;
}

/** @param infrequent places of the categories that share one code or column, or None. */
function columnOf(list: PythonValue, name: string, infrequent: PythonValue, path: string): ColumnOfCategories {
  const items = itemsOf(list);
  if (items === null || items.length > MAX_NAMES) throw invalidModel(path, "must be a list of categories");
  const missing = items.findIndex((item) => labelOf(item) === null);
  // scikit-learn sorts them to the end: None, then NaN.
  if (missing !== -1 && missing < items.length - 1)
    throw invalidModel(path, "has two kinds of missing cells as categories");
  const categories = labelsOf([...items.slice(0, missing === -1 ? items.length : missing)], path);
  const places = new Set(infrequent instanceof NumpyArray ? infrequent.numbers() : []);
  if (places.has(missing)) throw invalidModel(path, "counts missing cells among its infrequent categories");
  return {
    name,
    categories: categories.filter((_, place) => !places.has(place)),
    rare: categories.filter((_, place) => places.has(place)),
    missing: missing === -1 ? null : items[missing] === null ? "None" : "NaN",
  };
}

type Policies = { readonly unknown: CategoryPolicy; readonly missing: CategoryPolicy };

function ordinalPolicies(attributes: Attributes, columns: readonly ColumnOfCategories[]): Policies {
  const unknown = unknownCode(attributes, columns);
  const coded = new Set(
    columns.flatMap((column) => (column.missing === null ? [] : [missingPolicy(attributes, column)])),
  );
  if (coded.size > 1)
    return attributes.fail("categories_", "lists with None or with NaN: mlsec treats missing cells alike");
  // Where missing cells were no category, they are unknown ones.
  return { unknown, missing: [...coded][0] ?? unknown };
}

/** None has the code after the last category, as one; NaN has `encoded_missing_value`. */
function missingPolicy(attributes: Attributes, { missing, categories, rare }: ColumnOfCategories): CategoryPolicy {
  const code = missing === "None" ? categories.length : attributes.get("encoded_missing_value");
  if (typeof code === "number" && Number.isNaN(code)) return "ignore";
  if (code === categories.length && rare.length === 0) return "other";
  return attributes.fail(
    "encoded_missing_value",
    "NaN, or the code after those of the categories: mlsec gives no other",
  );
}

function unknownCode(attributes: Attributes, columns: readonly ColumnOfCategories[]): CategoryPolicy {
  if (attributes.text("handle_unknown") !== "use_encoded_value") return "error";
  const code = attributes.get("unknown_value");
  if (typeof code === "number" && Number.isNaN(code)) return "ignore";
  if (
    columns.every(
      ({ categories, rare, missing }) => rare.length === 0 && missing === null && code === categories.length,
    )
  )
    return "other";
  return attributes.fail(
    "unknown_value",
    "NaN, or the code after those of the categories: mlsec gives unknown ones no other",
  );
}

function oneHotPolicies(attributes: Attributes, columns: readonly ColumnOfCategories[]): Policies {
  if (attributes.get("drop_idx_") !== undefined || attributes.get("drop") !== undefined)
    return attributes.fail("drop", "None: mlsec drops no category");
  const handling = attributes.text("handle_unknown");
  const hasRare = columns.some(({ rare }) => rare.length > 0);
  const hasMissing = columns.some(({ missing }) => missing !== null);
  if (hasRare && hasMissing)
    return attributes.fail("min_frequency", "None where missing cells are a category: mlsec has one column for both");
  const isInfrequent = handling === "infrequent_if_exist" || handling === "warn";
  const unknown = isInfrequent && !hasMissing ? "infrequentIfExist" : handling === "error" ? "error" : "ignore";
  return { unknown, missing: hasMissing ? "infrequentIfExist" : unknown };
}
