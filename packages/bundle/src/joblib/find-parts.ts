import type { LabelEncoder, OneHotEncoder, OrdinalEncoder, Scaler } from "@mlsec/preprocess";
import type { FittedForest, FittedTree } from "@mlsec/trees/score";
import { itemsOf, labelOf, sklearnClass } from "./attributes.js";
import { isBackendModel } from "./import-backend-model.js";
import { importColumnEncoder, importLabelEncoder, isColumnEncoder, isLabelEncoder } from "./import-encoders.js";
import type { ImportNotes } from "./import-notes.js";
import { importScaler, isScaler } from "./import-scalers.js";
import { namedSteps } from "./import-steps.js";
import { importClassifier, isClassifier } from "./import-trees.js";
import { MAX_IMPORTED } from "./limits.js";
import { NumpyArray } from "./numpy-array.js";
import { PythonObject, PythonTuple, type PythonValue } from "./python-value.js";

/** An object of scikit-learn as mlsec's counterpart of it. */
export type ImportedObject = FittedTree | FittedForest | Scaler | LabelEncoder | OrdinalEncoder | OneHotEncoder;

/** The bytes of a network that lie in a file. `@mlsec/bundle/keras` reads them. */
export interface ImportedNetwork {
  /** Where they are in the file, for example `ann_weights`. */
  readonly path: string;
  /** Keras' HDF5 or its `.keras` (a zip). */
  readonly format: "hdf5" | "keras";
  readonly bytes: Uint8Array;
}

/** Everything of a file that mlsec knows by itself. */
export interface FoundParts {
  /** By path, as Python would write it. */
  readonly objects: ReadonlyMap<string, ImportedObject>;
  readonly networks: readonly ImportedNetwork[];
}

/** How deep parts are looked for, and how many values are looked at: a file may hold a value any number of times. */
const MAX_SEARCH_DEPTH = 8;
const MAX_SEARCHED = 20_000;

const FORMATS: readonly (readonly [ImportedNetwork["format"], readonly number[]])[] = [
  ["hdf5", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["keras", [0x50, 0x4b, 0x03, 0x04]],
];

/** Classes of scikit-learn whose steps are looked at one by one. */
const SEARCHED: ReadonlySet<string> = /* @__PURE__ */ new Set(["Pipeline", "ColumnTransformer", "FunctionTransformer"]);

/** Looks for parts in dicts, lists, tuples and objects, and notes what it passes by. */
export function findParts(value: PythonValue, notes: ImportNotes): FoundParts {
  const objects = new Map<string, ImportedObject>();
  const networks: ImportedNetwork[] = [];
  const seen = new Set<PythonValue>();
  let searched = 0;
  let weight = 0;
  const search = (part: PythonValue, path: string, depth: number): void => {
    if (typeof part !== "object" || part === null || seen.has(part)) return;
    if (++searched > MAX_SEARCHED || depth > MAX_SEARCH_DEPTH) return;
    seen.add(part);
    if (part instanceof Uint8Array) {
      const format = FORMATS.find(([, magic]) => magic.every((byte, place) => part[place] === byte))?.[0];
      if (format !== undefined) networks.push({ path, format, bytes: part });
      return;
    }
    const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
    if (part instanceof PythonObject) {
      const make = importerOf(part);
      if (make !== null) {
        weight += weightOf(part, MAX_IMPORTED - weight);
        if (weight > MAX_IMPORTED) return;
        const made = notes.attempt(path, () => make(part, path));
        if (made !== null) objects.set(path, made);
        return;
      }
      // Its parts are states, not objects.
      if (isBackendModel(part)) return;
      if (!SEARCHED.has(sklearnClass(part) ?? "")) noteObject(part, path, notes);
    }
    for (const [name, item] of sklearnSteps(part, path, notes) ?? childrenOf(part))
      search(item, name.startsWith("[") ? `${path}${name}` : at(name), depth + 1);
  };
  search(value, "", 0);
  if (searched > MAX_SEARCHED)
    notes.add("warning", "not-searched", "", `Only the first ${MAX_SEARCHED} values were searched for parts.`);
  if (weight > MAX_IMPORTED)
    notes.add("error", "too-large", "", "The objects of the file are too large together; some were not made.");
  return { objects, networks };
}

/** A name, or a tree as such, takes as long to import as so many cells of an array. */
const CELLS_OF_A_VALUE = 32;

/** Cells of the arrays that importing an object reads, as often as they are in it; no more are counted than the limit. */
function weightOf(object: PythonObject, limit: number): number {
  let weight = 0;
  const add = (value: PythonValue | undefined, each: (item: PythonValue) => number): void => {
    weight += CELLS_OF_A_VALUE * (1 + lengthOf(value));
    if (weight > limit) return;
    for (const item of itemsOf(value) ?? []) {
      weight += each(item);
      if (weight > limit) return;
    }
  };
  const names = (list: PythonValue | undefined): number => CELLS_OF_A_VALUE * lengthOf(list);
  const nodes = (tree: PythonValue | undefined): number => {
    const state = tree instanceof PythonObject ? tree.attribute("tree_") : undefined;
    return state instanceof PythonObject ? lengthOf(state.attribute("nodes")) + lengthOf(state.attribute("values")) : 0;
  };
  weight += nodes(object) + names(object.attribute("classes_")) + names(object.attribute("feature_names_in_"));
  add(object.attribute("estimators_"), nodes);
  add(object.attribute("categories_"), names);
  return weight;
}

function lengthOf(value: PythonValue | undefined): number {
  if (value instanceof NumpyArray) return value.size;
  if (value instanceof PythonTuple) return value.items.length;
  return Array.isArray(value) ? value.length : 0;
}

function importerOf(object: PythonObject): ((object: PythonObject, path: string) => ImportedObject) | null {
  if (isClassifier(object)) return (estimator, path) => importClassifier(estimator, path).model;
  if (isScaler(object)) return (estimator, path) => importScaler(estimator, path).scaler;
  if (isLabelEncoder(object)) return importLabelEncoder;
  if (isColumnEncoder(object)) return (estimator, path) => importColumnEncoder(estimator, path).encoder;
  return null;
}

/** Of objects that mlsec has no counterpart of it is said that they are data. */
function noteObject({ qualifiedName, isCall }: PythonObject, path: string, notes: ImportNotes): void {
  const name = qualifiedName.slice(0, 100);
  if (isCall)
    notes.add(
      "warning",
      "not-called",
      path,
      `The file has ${name} called. It was not, and its arguments are kept as data.`,
    );
  else notes.add("info", "inert-object", path, `An object of the class ${name} is kept as data.`);
}

/** The fitted steps of a Pipeline or ColumnTransformer, by name; null for any other value. */
function sklearnSteps(
  value: PythonValue,
  path: string,
  notes: ImportNotes,
): [name: string, item: PythonValue][] | null {
  const kind = sklearnClass(value);
  if (kind === "FunctionTransformer") return [];
  if (kind !== "Pipeline" && kind !== "ColumnTransformer") return null;
  const steps = notes.attempt(path, () =>
    namedSteps(value as PythonObject, path, kind === "Pipeline" ? "steps" : "transformers_"),
  );
  return (steps ?? []).map(({ name, step }) => [name, step]);
}

function* childrenOf(value: PythonValue): Generator<[name: string, item: PythonValue]> {
  if (value instanceof PythonObject) {
    yield* childrenOf(value.attributes());
    if (value.state !== null && !(value.state instanceof Map)) yield ["state", value.state];
    yield* childrenOf([...value.args]);
    if (value.items !== null) yield* childrenOf(value.items);
    if (value.entries !== null) yield* childrenOf(value.entries);
  } else if (value instanceof Map) {
    for (const [key, item] of value) yield [labelOf(key)?.slice(0, 100) ?? "(key)", item];
  } else if (value instanceof PythonTuple || Array.isArray(value)) {
    const items = Array.isArray(value) ? value : value.items;
    for (const [place, item] of items.entries()) yield [`[${place}]`, item];
  }
}
