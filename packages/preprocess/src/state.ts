import { MlsecError } from "./errors.js";

/** The typed arrays that a fitted object may hold. */
export type NumericArray = Float64Array | Float32Array | Int32Array | Uint8Array;

/**
 * The inside of a fitted object as data: plain JSON values, with typed arrays where there are many numbers. A bundle
 * stores the arrays as tensors; `toPlain` makes JSON of the whole.
 */
export type State =
  | null
  | boolean
  | number
  | string
  | NumericArray
  | readonly State[]
  | { readonly [key: string]: State };

/** A state without typed arrays, as `JSON.stringify` takes it and `JSON.parse` gives it back. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** True for the four kinds of typed array that a state may hold. */
export function isNumericArray(value: unknown): value is NumericArray {
  return (
    value instanceof Float64Array ||
    value instanceof Float32Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array
  );
}

/** The same state with every typed array as a list of numbers. All numbers of a state are finite, so JSON keeps them exactly. */
export function toPlain(state: State): Json {
  if (isNumericArray(state)) return Array.from(state);
  if (Array.isArray(state)) return state.map((item) => toPlain(item as State));
  if (state !== null && typeof state === "object") {
    return Object.fromEntries(
      Object.entries(state as Record<string, State>).map(([key, value]) => [key, toPlain(value)]),
    );
  }
  return state as Json;
}

/** Bounds that a number or each number of an array must keep. */
export interface NumberBounds {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Reads a state that may come from anywhere and checks everything it hands out: presence, type, length and range.
 * Every failure is an error of code `invalid-state` that names the path of the offending value.
 */
export class StateReader {
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    state: unknown,
    private readonly path: string = "state",
  ) {
    if (state === null || typeof state !== "object" || Array.isArray(state) || isNumericArray(state)) {
      throw invalid(path, "an object", state);
    }
    this.fields = state as Record<string, unknown>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.fields, key) && this.fields[key] !== null && this.fields[key] !== undefined;
  }

  /** The value as it is, for a nested `fromState`. */
  raw(key: string): unknown {
    return Object.hasOwn(this.fields, key) ? this.fields[key] : undefined;
  }

  /** Reports a value that breaks a rule that the reader does not know. */
  fail(key: string, expected: string): never {
    throw invalid(this.at(key), expected, this.raw(key));
  }

  number(key: string, bounds: NumberBounds = {}): number {
    const value = this.raw(key);
    if (typeof value !== "number" || !inBounds(value, bounds)) this.fail(key, `a finite number${describe(bounds)}`);
    return value;
  }

  integer(key: string, bounds: NumberBounds = {}): number {
    const value = this.number(key, bounds);
    if (!Number.isSafeInteger(value)) this.fail(key, "an integer");
    return value;
  }

  string(key: string): string {
    const value = this.raw(key);
    if (typeof value !== "string") this.fail(key, "a string");
    return value;
  }

  oneOf<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.raw(key);
    if (!choices.includes(value as T)) this.fail(key, `one of ${choices.map((c) => JSON.stringify(c)).join(", ")}`);
    return value as T;
  }

  boolean(key: string): boolean {
    const value = this.raw(key);
    if (typeof value !== "boolean") this.fail(key, "true or false");
    return value;
  }

  strings(key: string): string[] {
    const value = this.raw(key);
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) this.fail(key, "a list of strings");
    return value;
  }

  object(key: string): StateReader {
    return new StateReader(this.raw(key), this.at(key));
  }

  objects(key: string): StateReader[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) this.fail(key, "a list of objects");
    return value.map((item, index) => new StateReader(item, `${this.at(key)}[${index}]`));
  }

  /** Finite float64 values, of the given length if one is given. */
  float64(key: string, length?: number): Float64Array {
    return this.array(key, Float64Array, length, {});
  }

  /** Finite float32 values, of the given length if one is given. */
  float32(key: string, length?: number): Float32Array {
    return this.array(key, Float32Array, length, {});
  }

  /** 32-bit integers within bounds, of the given length if one is given. */
  int32(key: string, length?: number, bounds: NumberBounds = {}): Int32Array {
    return this.array(key, Int32Array, length, bounds);
  }

  private array<T extends Float64Array | Float32Array | Int32Array>(
    key: string,
    type: new (length: number) => T,
    length: number | undefined,
    bounds: NumberBounds,
  ): T {
    const value = this.raw(key);
    if (!(value instanceof type) && !Array.isArray(value)) this.fail(key, `a list of numbers or a ${type.name}`);
    if (length !== undefined && value.length !== length)
      this.fail(key, `${length} numbers (there are ${value.length})`);
    const isTyped = value instanceof type;
    const array = isTyped ? value : new type(value.length);
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = bounds;
    for (let i = 0; i < array.length; i++) {
      if (!isTyped) array[i] = value[i] as number;
      const number = array[i]!;
      if (number - number === 0 && number >= min && number <= max && (isTyped || number === value[i])) continue;
      const isOutside = (item: unknown): boolean => typeof item !== "number" || !inBounds(item, bounds);
      const outside = Array.from<unknown>(value).findIndex(isOutside);
      if (outside >= 0)
        throw invalid(`${this.at(key)}[${outside}]`, `a finite number${describe(bounds)}`, value[outside]);
      throw invalid(`${this.at(key)}[${i}]`, `a number that ${type.name} can hold`, value[i]);
    }
    return array;
  }

  private at(key: string): string {
    return `${this.path}.${key}`;
  }
}

function inBounds(value: number, { min = -Number.MAX_VALUE, max = Number.MAX_VALUE }: NumberBounds): boolean {
  return value >= min && value <= max;
}

function describe({ min, max }: NumberBounds): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? "" : ` of at most ${max}`;
}

function invalid(path: string, expected: string, got: unknown): MlsecError {
  const shown =
    isNumericArray(got) || Array.isArray(got)
      ? `a list of ${got.length}`
      : typeof got === "object" && got
        ? "an object"
        : String(got);
  return new MlsecError("invalid-state", `${path} must be ${expected}, but is ${shown.slice(0, 80)}.`, {
    path,
    expected,
  });
}
