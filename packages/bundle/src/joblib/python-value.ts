import type { NumpyArray } from "./numpy-array.js";
import type { NumpyTypeHolder } from "./numpy-type.js";

/**
 * A Python value as data: None, bool, int (a bigint beyond 2^53), float, str, bytes, list, tuple, dict, set, an array or its
 * type, a name, or an object. Whole floats are not told apart from ints. Lists, dicts and objects may hold themselves.
 */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PythonValue[]
  | PythonTuple
  | Map<PythonValue, PythonValue>
  | Set<PythonValue>
  | NumpyArray
  | NumpyTypeHolder
  | PythonName
  | PythonObject;

/** A tuple. */
export class PythonTuple {
  constructor(readonly items: readonly PythonValue[]) {}
}

/** A class or function by name. Nothing is ever looked up by it. */
export class PythonName {
  constructor(readonly qualifiedName: string) {}
}

/** An object whose class is not known here, or not yet interpreted: what the file says of it, and no behaviour. */
export class PythonObject {
  /** What its class would be given to restore it, mostly a dict of its attributes. */
  state: PythonValue = null;
  /** What its class would have been called with by name, a dict; null where there is none. */
  keywords: PythonValue = null;
  /** Items that were appended to it, as to a subclass of list. */
  items: PythonValue[] | null = null;
  /** Entries that were set in it, as in a subclass of dict. */
  entries: Map<PythonValue, PythonValue> | null = null;

  constructor(
    /** Module and name, for example `sklearn.tree._classes.DecisionTreeClassifier`. */
    readonly qualifiedName: string,
    /** What its class or function would have been called with. */
    readonly args: readonly PythonValue[] = [],
    /** Whether the file has it called, as a function, rather than made, as an instance. */
    readonly isCall: boolean = false,
  ) {}

  /** An attribute, or undefined. */
  attribute(name: string): PythonValue | undefined {
    for (const part of this.attributeParts()) if (part.has(name)) return part.get(name);
    return undefined;
  }

  /** All attributes, in the order of the file. */
  attributes(): Map<PythonValue, PythonValue> {
    return new Map(this.attributeParts().flatMap((part) => [...part]));
  }

  /** Those of `__dict__`, and those of `__slots__`, which come after them. */
  private attributeParts(): Map<PythonValue, PythonValue>[] {
    const { state } = this;
    const parts = state instanceof PythonTuple ? state.items : [state];
    return parts.filter((part) => part instanceof Map);
  }
}
