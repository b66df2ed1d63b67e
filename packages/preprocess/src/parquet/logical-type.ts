import type { ParquetType, SchemaElement } from "hyparquet";
import { MlsecError } from "../errors.js";
import { exactNumber } from "../exact-number.js";
import { corrupt } from "./corrupt.js";
import { MAX_DECIMAL_BYTES } from "./limits.js";

/** What the stored values of a column mean. */
export interface LogicalType {
  readonly kind: "number" | "text";
  /** The element as the decoder shall see it: without what this module makes of the values itself. */
  readonly stored: SchemaElement;
  /** A value as the table holds it: undefined where no float64 equals it. Texts are decoded before. */
  readonly toNumber: (value: unknown) => number | undefined;
}

/**
 * Numbers are numbers, booleans 1 and 0; decimals the nearest float64, as a text of the same digits would be read;
 * dates, times and timestamps milliseconds, since 1970 UTC or midnight, exact to the microsecond.
 *
 * The decoder would make Dates of timestamps, cutting microseconds off, and multiply decimals by powers of ten, which
 * rounds twice: it is shown plain integers instead.
 *
 * @throws MlsecError `parquet-unsupported` for lists, structs, maps, and bytes that are neither text nor number;
 *   `parquet-corrupt` for a meaning that the stored type cannot have.
 */
export function logicalType(element: SchemaElement): LogicalType {
  const { type, converted_type: converted, logical_type: logical } = element;
  const { converted_type: _, logical_type: __, ...bare } = element;
  if (element.repetition_type === "REPEATED" || element.num_children || type === undefined)
    return unsupported(element, "nested");
  if (converted === "DECIMAL" || logical?.type === "DECIMAL") {
    requireStored(element, ["INT32", "INT64", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"]);
    const scale = element.scale ?? (logical?.type === "DECIMAL" ? logical.scale : 0);
    return { kind: "number", stored: bare, toNumber: (value) => decimal(value, scale) };
  }
  const unit = timeUnit(element);
  if (unit !== undefined) {
    requireStored(element, ["INT32", "INT64", "INT96"]);
    return { kind: "number", stored: bare, toNumber: (value) => milliseconds(value, unit) };
  }
  if (type === "BYTE_ARRAY") {
    if (converted === "BSON" || logical?.type === "GEOMETRY" || logical?.type === "GEOGRAPHY")
      return unsupported(element, "binary");
    return { kind: "text", stored: { ...bare, converted_type: "UTF8" }, toNumber: () => undefined };
  }
  if (type === "FIXED_LEN_BYTE_ARRAY") {
    if (logical?.type === "UUID") return { kind: "text", stored: element, toNumber: () => undefined };
    if (logical?.type !== "FLOAT16") return unsupported(element, "binary");
  }
  return { kind: "number", stored: element, toNumber: plainNumber };
}

function requireStored(
  { name, type, converted_type, logical_type }: SchemaElement,
  types: readonly ParquetType[],
): void {
  if (type !== undefined && types.includes(type)) return;
  const meaning = converted_type ?? logical_type?.type;
  throw corrupt(`column ${JSON.stringify(name)} is said to hold ${meaning}, but stores ${type}`, { column: name });
}

type TimeUnit = "DAYS" | "MILLIS" | "MICROS" | "NANOS";

function timeUnit({ type, converted_type: converted, logical_type: logical }: SchemaElement): TimeUnit | undefined {
  if (type === "INT96") return "NANOS";
  if (converted === "DATE" || logical?.type === "DATE") return "DAYS";
  if (logical?.type === "TIMESTAMP" || logical?.type === "TIME") return logical.unit;
  if (converted === "TIMESTAMP_MILLIS" || converted === "TIME_MILLIS") return "MILLIS";
  if (converted === "TIMESTAMP_MICROS" || converted === "TIME_MICROS") return "MICROS";
  return undefined;
}

/** Every microsecond up to the year 2255 has a float64 of its own; nanoseconds do not. */
function milliseconds(value: unknown, unit: TimeUnit): number | undefined {
  const whole = BigInt(value as bigint | number);
  if (unit === "DAYS") return Number(whole) * 86_400_000;
  if (unit === "MILLIS") return exactNumber(whole);
  if (unit === "NANOS" && whole % 1000n !== 0n) return undefined;
  const micros = Number(unit === "NANOS" ? whole / 1000n : whole);
  return Number.isSafeInteger(micros) ? micros / 1000 : undefined;
}

function decimal(value: unknown, scale: number): number | undefined {
  const unscaled = value instanceof Uint8Array ? bigEndian(value) : value;
  return unscaled === undefined ? undefined : Number(`${unscaled}e${-scale}`);
}

/** A two's complement integer, highest byte first; undefined where it is longer than any decimal. */
function bigEndian(bytes: Uint8Array): bigint | undefined {
  if (bytes.length > MAX_DECIMAL_BYTES) return undefined;
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

function plainNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return exactNumber(value);
  return typeof value === "boolean" ? Number(value) : undefined;
}

function unsupported({ name, type, logical_type }: SchemaElement, what: "nested" | "binary"): never {
  const kind = what === "nested" ? "a list, map or struct" : `binary (${logical_type?.type ?? type})`;
  throw new MlsecError(
    "parquet-unsupported",
    `Column ${JSON.stringify(name)} is ${kind}; a table holds numbers and texts. Leave it out with select.`,
    { column: name },
  );
}
