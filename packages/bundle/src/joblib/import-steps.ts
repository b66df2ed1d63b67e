import { compareCodePoints, type InputColumn, Preprocessor, type State } from "@mlsec/preprocess";
import { Attributes, invalidModel, itemsOf, sklearnClass } from "./attributes.js";
import { importColumnEncoder, isColumnEncoder } from "./import-encoders.js";
import { type ImportedScaler, importScaler, isScaler } from "./import-scalers.js";
import { defaultFeatures } from "./import-trees.js";
import { MAX_FEATURES, MAX_NAMES, MAX_STEP_DEPTH, MAX_STEPS } from "./limits.js";
import { PythonObject, type PythonValue } from "./python-value.js";

/** The steps of one or more transformers, and the columns that they lead from and to. */
export class StepsImport {
  private readonly steps: { readonly [key: string]: State }[] = [];
  /** Categories of the columns that are read as text. */
  private readonly categories = new Map<string, readonly string[]>();
  private readonly used = new Set<string>();
  private count = 0;

  /** @param inputs names of the columns that the first transformer takes, in order. */
  constructor(private readonly inputs: readonly string[]) {
    requireFew(inputs, "");
  }

  /**
   * Adds what a transformer does with some columns.
   *
   * @returns the columns that it makes of them, in order.
   * @throws JoblibError `invalid-model` for transformers that mlsec has no counterpart of.
   */
  add(transformer: PythonValue, columns: readonly string[], path: string, depth = 0): readonly string[] {
    if (depth > MAX_STEP_DEPTH || ++this.count > MAX_STEPS)
      throw invalidModel(path, `is one of more than ${MAX_STEPS} steps, or lies more than ${MAX_STEP_DEPTH} deep`);
    if (isNothing(transformer)) return columns;
    for (const column of columns) this.used.add(column);
    if (isScaler(transformer)) return this.addScaler(importScaler(transformer, path, columns));
    if (isColumnEncoder(transformer)) {
      const { encoder, step } = importColumnEncoder(transformer, path, columns);
      for (const { name, categories, rare } of encoder.columns)
        this.categories.set(name, [...categories, ...rare].sort(compareCodePoints));
      this.steps.push({ step, encoder: encoder.toState() });
      return requireFew(encoder.features, path);
    }
    const kind = sklearnClass(transformer);
    if (kind === "Pipeline") {
      return namedSteps(transformer as PythonObject, path, "steps").reduce(
        (before, { name, step }) => this.add(step, before, `${path}.${name}`, depth + 1),
        columns,
      );
    }
    if (kind === "ColumnTransformer")
      return this.addColumnTransformer(transformer as PythonObject, columns, path, depth);
    throw invalidModel(path, `is a ${className(transformer)}, of which no step of a preprocessor can be made`);
  }

  addScaler({ scaler, step, clip }: ImportedScaler): readonly string[] {
    const { features } = scaler;
    this.steps.push({ step, scaler: scaler.toState() });
    if (clip !== null) this.steps.push({ step: "clip", columns: features, min: clip[0], max: clip[1] });
    for (const column of features) this.used.add(column);
    return features;
  }

  /** Adds codes of text columns, whose unknown and missing categories get the code after the last. */
  addCodes(classes: ReadonlyMap<string, readonly string[]>): void {
    if (classes.size === 0) return;
    for (const [name, own] of classes) {
      this.categories.set(name, [...own].sort(compareCodePoints));
      this.used.add(name);
    }
    const columns = [...classes].map(([name, categories]) => ({ name, categories, rare: [], other: true }));
    this.steps.push({ step: "ordinalEncode", encoder: { unknown: "other", missing: "other", columns } });
  }

  /** The preprocessor of all steps. @param outputs columns of its matrix, in order. @throws MlsecError `invalid-state` and others. */
  finish(outputs: readonly string[]): Preprocessor {
    const kept = new Set(outputs);
    const inputs = this.inputs
      .filter((name) => this.used.has(name) || kept.has(name))
      .map((name): InputColumn => {
        const categories = this.categories.get(name);
        return categories === undefined ? { name, type: "number" } : { name, type: "text", categories };
      });
    if (new Set(inputs.map(({ name }) => name)).size < inputs.length || kept.size < outputs.length)
      throw invalidModel("", "has columns of one name");
    return Preprocessor.fromState({
      inputs: inputs.map((input) => ({ ...input })),
      steps: [...this.steps, { step: "keepColumns", columns: outputs }],
    });
  }

  private addColumnTransformer(
    transformer: PythonObject,
    columns: readonly string[],
    path: string,
    depth: number,
  ): readonly string[] {
    const taken = new Set<string>();
    return namedSteps(transformer, path, "transformers_").flatMap(({ name, step, columns: chosen }) => {
      if (step === "drop") return [];
      const own = chosenColumns(chosen, columns, `${path}.${name}`);
      for (const column of own) {
        if (taken.has(column)) throw invalidModel(path, `gives ${JSON.stringify(column)} to two transformers`);
        taken.add(column);
      }
      return own.length === 0 ? [] : this.add(step, own, `${path}.${name}`, depth + 1);
    });
  }
}

/** Whether an object is one of those that `StepsImport.add` knows. */
export function isTransformer(value: PythonValue): boolean {
  const name = sklearnClass(value);
  return isScaler(value) || isColumnEncoder(value) || name === "Pipeline" || name === "ColumnTransformer";
}

function requireFew(columns: readonly string[], path: string): readonly string[] {
  if (columns.length <= MAX_FEATURES) return columns;
  throw invalidModel(path, `has ${columns.length} columns; the limit is ${MAX_FEATURES}`);
}

/** A step of a Pipeline or a part of a ColumnTransformer. */
export interface NamedStep {
  readonly name: string;
  readonly step: PythonValue;
  /** Of a ColumnTransformer, which columns it takes. */
  readonly columns: PythonValue | undefined;
}

/** @param list the attribute that has them. @throws JoblibError `invalid-model`. */
export function namedSteps(estimator: PythonObject, path: string, list: "steps" | "transformers_"): NamedStep[] {
  const attributes = Attributes.of(estimator, path)!;
  const steps = itemsOf(attributes.get(list));
  if (steps === null) return attributes.fail(list, "a list: it was never fitted");
  return steps.map((entry) => {
    const [name, step, columns] = itemsOf(entry) ?? [];
    if (typeof name !== "string" || step === undefined) return attributes.fail(list, "a list of names and steps");
    return { name, step, columns };
  });
}

/** Steps that leave their columns as they are. */
function isNothing(transformer: PythonValue): boolean {
  if (transformer === null || transformer === "passthrough") return true;
  return (
    sklearnClass(transformer) === "FunctionTransformer" && (transformer as PythonObject).attribute("func") === null
  );
}

function className(value: PythonValue): string {
  return value instanceof PythonObject ? value.qualifiedName.slice(0, 100) : "value";
}

/** The columns that a ColumnTransformer gives to one of its parts: by name, by place, or by a mask. */
function chosenColumns(chosen: PythonValue | undefined, columns: readonly string[], path: string): readonly string[] {
  const slice = sliceOf(chosen, columns);
  if (slice !== null) return slice;
  // What remains is in a list of its own class in some versions.
  const list = chosen instanceof PythonObject ? (chosen.attribute("data") ?? chosen.items ?? null) : (chosen ?? null);
  const items = typeof list === "string" || typeof list === "number" ? [list] : itemsOf(list);
  if (items === null || items.length > MAX_NAMES)
    throw invalidModel(path, "chooses its columns otherwise than by names, places or a mask");
  const isMask = items.length === columns.length && items.every((item) => typeof item === "boolean");
  if (isMask) return columns.filter((_, place) => items[place] === true);
  return items.map((item) => {
    const place = typeof item === "number" ? (item < 0 ? columns.length + item : item) : columns.indexOf(String(item));
    return columns[place] ?? unknownColumn(item, path);
  });
}

/** The columns of Python's `slice(begin, end)`, by places; null for anything else. */
function sliceOf(chosen: PythonValue | undefined, columns: readonly string[]): readonly string[] | null {
  if (!(chosen instanceof PythonObject) || !/^(builtins|__builtin__)\.slice$/.test(chosen.qualifiedName)) return null;
  const [begin = null, end = null, step = null] = chosen.args;
  const isPlace = (place: PythonValue): place is number | null => place === null || Number.isInteger(place);
  if (!isPlace(begin) || !isPlace(end) || (step !== null && step !== 1)) return null;
  return columns.slice(begin ?? 0, end ?? columns.length);
}

function unknownColumn(item: PythonValue, path: string): never {
  throw invalidModel(
    path,
    `takes the column ${JSON.stringify(typeof item === "string" ? item : null)}, which there is not`,
  );
}

/**
 * The names of the columns that a transformer or pipeline takes: the file's own, or else those given, or else `x0`, `x1`, ….
 *
 * @throws JoblibError `invalid-model` where not even their number is known.
 */
export function inputNames(estimator: PythonObject, path: string, naming: readonly string[] | null): readonly string[] {
  const first = firstStep(estimator, path);
  const own = first.labels("feature_names_in_") ?? naming;
  if (own !== null) return own;
  const count = first.number("n_features_in_") ?? 0;
  if (!Number.isInteger(count) || count < 1 || count > MAX_FEATURES)
    return first.fail("n_features_in_", "the number of its columns: it was never fitted");
  return defaultFeatures(count);
}

/** What knows the columns of a pipeline: its first step, whose first step, and so on. */
function firstStep(estimator: PythonObject, path: string, depth = 0): Attributes {
  const attributes = Attributes.of(estimator, path)!;
  if (sklearnClass(estimator) !== "Pipeline" || depth > MAX_STEP_DEPTH) return attributes;
  const [first] = namedSteps(estimator, path, "steps");
  return first?.step instanceof PythonObject ? firstStep(first.step, `${path}.${first.name}`, depth + 1) : attributes;
}
