import { MlsecError } from "./errors.js";

/** Something for each of some names: a plain object or, for names such as `__proto__` too, a `Map`. */
export type ByName<Value> = Readonly<Record<string, Value>> | ReadonlyMap<string, Value>;

/** What a column holds. */
export type ColumnType = "number" | "text";

/** The names with what there is for each, in order. */
export function entriesOf<Value>(byName: ByName<Value>): [string, Value][] {
  return byName instanceof Map ? [...byName] : Object.entries(byName as Readonly<Record<string, Value>>);
}

/** The type given for a column, if any. */
export function typeOf(types: ByName<ColumnType> | undefined, name: string): ColumnType | undefined {
  if (types === undefined) return undefined;
  if (types instanceof Map) return types.get(name);
  return Object.hasOwn(types, name) ? (types as Readonly<Record<string, ColumnType>>)[name] : undefined;
}

/** @throws MlsecError `invalid-option` for a type that is none. */
export function checkTypes(types: ByName<ColumnType> | undefined): void {
  for (const [name, type] of entriesOf(types ?? {})) {
    if (type === "number" || type === "text") continue;
    throw new MlsecError(
      "invalid-option",
      `The type of column ${JSON.stringify(name)} is "number" or "text", not ${JSON.stringify(type)}.`,
      { column: name, got: type },
    );
  }
}
