import { NumpyArray, PythonObject, PythonTuple, type PythonValue } from "../../src/joblib/index.js";

/** A value as JSON, as `told` of interop/make_joblib_fixtures.py makes it of what Python reads. */
export function told(value: PythonValue): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    return { float: Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf" };
  }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (Array.isArray(value)) return value.map(told);
  if (value instanceof PythonTuple) return { tuple: value.items.map(told) };
  if (value instanceof Map) return { dict: [...value].map(([key, item]) => [told(key), told(item)]) };
  if (value instanceof Set) return { set: [...value].map(told).sort() };
  if (value instanceof NumpyArray)
    return { array: value.shape, kind: value.type.kind, cells: value.values().map(told) };
  if (value instanceof PythonObject) {
    return {
      object: value.qualifiedName,
      attributes: Object.fromEntries([...value.attributes()].map(([key, item]) => [String(key), told(item)])),
      items: value.items?.map(told) ?? null,
      entries: value.entries === null ? null : told(value.entries),
    };
  }
  throw new Error(`No JSON of ${String(value)}`);
}
