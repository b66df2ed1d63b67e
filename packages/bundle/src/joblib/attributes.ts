import { JoblibError, shownName } from "./joblib-error.js";
import { MAX_NAME_LENGTH, MAX_NAMES } from "./limits.js";
import { NumpyArray } from "./numpy-array.js";
import { PythonObject, PythonTuple, type PythonValue } from "./python-value.js";
import { latin1Text } from "./text.js";

/** The named parts of a dict or an object, checked as they are asked for. */
export class Attributes {
  constructor(
    private readonly parts: ReadonlyMap<PythonValue, PythonValue>,
    /** Where they are in the file. */
    readonly path: string,
  ) {}

  /** Those of a dict or an object; null for any other value. */
  static of(value: PythonValue | undefined, path: string): Attributes | null {
    if (value instanceof Map) return new Attributes(value, path);
    if (!(value instanceof PythonObject)) return null;
    return new Attributes(new Map([...value.attributes(), ...(value.entries ?? [])]), path);
  }

  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  get names(): string[] {
    return [...this.parts.keys()].filter((key) => typeof key === "string");
  }

  /** A part, or undefined; None counts as none. */
  get(name: string): PythonValue | undefined {
    return this.parts.get(name) ?? undefined;
  }

  /** A dict or an object among the parts; null where there is none. */
  nested(name: string): Attributes | null {
    return Attributes.of(this.get(name), this.at(name));
  }

  /** A finite number, or undefined. */
  number(name: string): number | undefined {
    const value = this.get(name);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  /** A whole number of at least 0. @throws JoblibError `invalid-model`. */
  count(name: string): number {
    const value = this.get(name);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    return this.fail(name, "a whole number");
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** Numbers of an array. @throws JoblibError `invalid-model`, `unsupported-type`. */
  numbers(name: string, length?: number): Float64Array {
    const value = this.get(name);
    if (!(value instanceof NumpyArray)) return this.fail(name, "an array of numbers");
    if (length !== undefined && value.size !== length) return this.fail(name, `an array of ${length} numbers`);
    return value.numbers();
  }

  /** Names in an array, list or tuple, or undefined where there are none. @throws JoblibError `invalid-model`. */
  labels(name: string): string[] | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : labelsOf(value, this.at(name));
  }

  /** @throws JoblibError `invalid-model`. */
  fail(name: string, expected: string): never {
    throw invalidModel(this.at(name), `must be ${expected}`);
  }
}

/** The error of a model that cannot be, or that mlsec has no counterpart of. */
export function invalidModel(path: string, what: string): JoblibError {
  return new JoblibError("invalid-model", `${path === "" ? "The object" : path.slice(0, 200)} ${what}.`, { path });
}

/** Items of a list, tuple or array of one axis; null for any other value. */
export function itemsOf(value: PythonValue | undefined): readonly PythonValue[] | null {
  if (value instanceof PythonTuple) return value.items;
  if (value instanceof NumpyArray) return value.shape.length === 1 && value.size <= MAX_NAMES ? value.values() : null;
  return Array.isArray(value) ? value : null;
}

/** Classes, categories or columns as texts, in the order of the file. @throws JoblibError `invalid-model`. */
export function labelsOf(value: PythonValue, path: string): string[] {
  const items = itemsOf(value);
  if (items === null || items.length > MAX_NAMES)
    throw invalidModel(path, `must be a list of at most ${MAX_NAMES} names`);
  return items.map((item, place) => {
    const label = labelOf(item);
    if (label !== null && label.length <= MAX_NAME_LENGTH) return label;
    throw invalidModel(`${path}[${place}]`, `must be a number, or a text of at most ${MAX_NAME_LENGTH} characters`);
  });
}

/** The text that stands for a class or category, as Python's `str` of it but for floats, which mlsec writes shortest; null for None and NaN. */
export function labelOf(value: PythonValue): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isNaN(value)) return String(value);
  return value instanceof Uint8Array ? latin1Text(value) : null;
}

/** The name of a class of scikit-learn, wherever in it the class has lived; null for any other object. */
export function sklearnClass(value: PythonValue | undefined): string | null {
  if (!(value instanceof PythonObject) || !value.qualifiedName.startsWith("sklearn.")) return null;
  return value.qualifiedName.slice(value.qualifiedName.lastIndexOf(".") + 1);
}

/** Attributes of an estimator. @throws JoblibError `invalid-model` where it was never fitted. */
export function fittedAttributes(estimator: PythonObject, path: string, learned: string): Attributes {
  const attributes = Attributes.of(estimator, path)!;
  if (attributes.get(learned) === undefined)
    throw invalidModel(path, `is a ${shownName(estimator.qualifiedName)} that was never fitted`);
  return attributes;
}
