import type { Fields } from "./states.js";

/** A bundle of the kit: what it holds, and the rows that it judges. */
export interface ValidCase {
  readonly name: string;
  readonly about: string;
  readonly manifest: Fields;
  readonly rows: readonly Fields[];
  /** Written as it is, without tensors, rather than as `saveBundle` writes it. */
  readonly plainLists?: boolean;
}

/** Stands in rows for a number that JSON writes as 1e999. */
export const INFINITE = "<infinite>";

/** A number, and those one step of float64 and one of float32 beside it and beside its float32. */
export function aroundFloat32(value: number): number[] {
  const single = Math.fround(value);
  return [value, nextDouble(value, 1), nextDouble(value, -1), single, nextSingle(single, 1), nextSingle(single, -1)];
}

function nextDouble(value: number, way: 1 | -1): number {
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0]! += BigInt(value > 0 ? way : -way);
  return new Float64Array(bits.buffer)[0]!;
}

function nextSingle(value: number, way: 1 | -1): number {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0]! += value > 0 ? way : -way;
  return new Float32Array(bits.buffer)[0]!;
}
