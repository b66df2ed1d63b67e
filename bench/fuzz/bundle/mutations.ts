import type { NumericArray } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { pick } from "../mutate.ts";
import type { Parts } from "./sealed.ts";

/** Stands in a manifest for a number that JSON.stringify cannot write. */
const OVERFLOW = "\u0001overflow\u0001";

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  0.5,
  -0.5,
  255,
  256,
  65_535,
  65_537,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  2 ** 53 - 1,
  1e18,
  1e308,
  -1e308,
  1e-320,
  1.0000005,
  -1e-7,
  OVERFLOW,
];
const NASTY_NUMBERS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  1,
  -1,
  2,
  1e308,
  -1e308,
  3e38,
  -3e38,
  5e-324,
  1e-40,
  0.5,
  1.0000005,
  -1e-7,
  2 ** 31 - 1,
  -(2 ** 31),
];
const KEYS = ["__proto__", "constructor", "toString", "length", "", "$tensor", "a"];
const STRINGS = ["", "a", "\u0000", "\ud800", "__proto__", "constructor", "../../etc/passwd", "\u{1f600}".repeat(40)];

type Container = Record<string, unknown> | unknown[];
/** A value of the manifest: where it is held, under which key, and its path. */
interface Place {
  readonly holder: Container;
  readonly key: string | number;
  readonly path: string;
}

/** Changes parts in place. @returns what was changed: the class of its path. */
type Mutation = (random: Random, parts: Parts) => string;

/** One change of those that an attacker may make. */
export function mutateParts(random: Random, parts: Parts): string {
  parts.texts.push((text) => text.replaceAll(JSON.stringify(OVERFLOW), "1e999"));
  return pick(random, MUTATIONS)(random, parts);
}

/** Changes of a value of the manifest, wherever it is. */
const VALUES: readonly ((random: Random, place: Place, manifest: unknown) => void)[] = [
  (_, { holder, key }) => (Array.isArray(holder) ? holder.splice(key as number, 1) : delete holder[key]),
  (random, place) => put(place, pick(random, NUMBERS)),
  (random, place) => put(place, pick(random, NUMBERS)),
  (random, place) => put(place, pick(random, STRINGS)),
  (random, place) => put(place, pick<unknown>(random, [null, true, false, [], {}, [[]], [null], { a: 1 }, "1", [0]])),
  (random, place) => put(place, "x".repeat(pick(random, [300, 5_000, 70_000]))),
  (random, place) => put(place, nested(pick(random, [10, 60, 64, 200]), random.below(2) === 0)),
  (random, place) => put(place, { $tensor: pick(random, ["", "model", "__proto__", "nowhere"]) }),
  (random, place, manifest) => put(place, structuredClone(valueAt(anyPlace(random, manifest)))),
  (random, place) => {
    const { holder } = place;
    const value = structuredClone(valueAt(place));
    if (Array.isArray(holder)) holder.splice(random.below(holder.length + 1), 0, value);
    else define(holder, pick(random, KEYS), value);
  },
  (random, place) => {
    if (Array.isArray(place.holder)) place.holder.reverse();
    else {
      const value = valueAt(place);
      delete place.holder[place.key];
      define(place.holder, pick(random, KEYS), value);
    }
  },
  (random, place) => {
    const value = valueAt(place);
    if (typeof value === "number") put(place, value + pick(random, [1, -1, 0.5, 1e-7, -1e-12, 2 ** 32]));
    else if (typeof value === "string") put(place, value.slice(1));
    else if (Array.isArray(value)) put(place, grown(random, value));
    else put(place, [value]);
  },
];

const MUTATIONS: readonly Mutation[] = [
  ...VALUES.map(
    (change): Mutation =>
      (random, parts) => {
        const place = anyPlace(random, parts.manifest);
        change(random, place, parts.manifest);
        return place.path;
      },
  ),
  ...VALUES.slice(0, 6).map(onEdge),
  (random, parts) => {
    // A key twice in one object.
    const key = pick(random, ["kind", "classes", "model", "seed", "features", "nodes"]);
    parts.texts.push((text) => text.replace(`"${key}":`, `"${key}":null,"${key}":`));
    return "text";
  },
  (random, parts) => {
    parts.texts.push(
      (text) => text.slice(0, random.below(text.length)) + pick(random, ["", "[".repeat(100_000), "{", '"', "\u0000"]),
    );
    return "text";
  },
  ...[changeValues, changeValues, changeValues, changeValues, changeLength, changeType].map(
    (change): Mutation =>
      (random, { tensors }) => {
        const name = pick(random, [...tensors.keys(), ""]);
        if (tensors.has(name)) tensors.set(name, change(random, tensors.get(name)!));
        return `tensor ${pathClass(name)}`;
      },
  ),
  (random, { tensors }) => {
    // Weights that are finite each, and overflow together.
    for (const values of tensors.values())
      if (values instanceof Float32Array) values.fill(pick(random, [3e38, -3e38, 0, 1e-38, 1]));
    return "tensors of weights";
  },
  (random, { tensors }) => {
    const [a, b] = [pick(random, [...tensors.keys()]), pick(random, [...tensors.keys()])];
    const [first, second] = [tensors.get(a)!, tensors.get(b)!];
    tensors.set(a, second);
    tensors.set(b, first);
    return "tensors swapped";
  },
  (random, { tensors }) => {
    const name = pick(random, [...tensors.keys()]);
    if (random.below(2) === 0) tensors.delete(name);
    else tensors.set(pick(random, ["extra", "__proto__", "", "x".repeat(600)]), tensors.get(name)!);
    return "tensors present";
  },
  (random, parts) => {
    parts.cut = pick(random, [1, 7, 8, 64, -1, -8, -64]);
    return "tensors cut";
  },
  claim,
  claim,
];

/** Values near the root, which a random place rarely is. */
function onEdge(change: (typeof VALUES)[number]): Mutation {
  return (random, { manifest }) => {
    let holder = manifest as Container;
    let path = "";
    for (let depth = random.below(4); ; depth--) {
      const keys = Object.keys(holder);
      if (keys.length === 0) return path;
      const key = pick(random, keys);
      path = joined(path, key);
      const value = holder[key as never] as unknown;
      if (depth > 0 && value !== null && typeof value === "object" && Object.keys(value).length > 0) {
        holder = value as Container;
        continue;
      }
      change(random, { holder, key: Array.isArray(holder) ? Number(key) : key, path: pathClass(path) }, manifest);
      return pathClass(path);
    }
  };
}

/** What the directory says of a tensor: a lie. */
function claim(random: Random, { tensors, claims }: Parts): string {
  const name = pick(random, [...tensors.keys()]);
  const { length, BYTES_PER_ELEMENT: size } = tensors.get(name)!;
  const count = pick(random, [length + 1, length - 1, -1, 0, 1e18, 2 ** 53, 0.5, "1", length * 2]);
  const begin = pick(random, [0, 8, -8, 1, 1e9, 2 ** 53, 0.5]);
  claims.set(
    name,
    pick<unknown>(random, [
      null,
      {},
      { dtype: pick(random, ["F16", "I64", "", 5]), shape: [length], data_offsets: [0, length * size] },
      { dtype: "F64", shape: [count], data_offsets: [begin, begin + length * size] },
      { dtype: "F64", shape: [count], data_offsets: [begin, begin + Number(count) * 8] },
      { dtype: "F32", shape: [length, 1], data_offsets: [begin, begin + length * 4] },
      { dtype: "I32", shape: [length], data_offsets: [begin + length * 4, begin] },
      { dtype: "U8", shape: [length * size], data_offsets: [begin, begin + length * size] },
      { dtype: "I32", shape: [1], data_offsets: [0, 4, 8] },
      [],
    ]),
  );
  return "directory";
}

function changeValues(random: Random, values: NumericArray): NumericArray {
  const changed = values.slice();
  const { length } = changed;
  const some = (): number => {
    const kind = random.below(4);
    if (kind === 0) return random.below(Math.max(length, 1));
    if (kind === 1) return random.below(8) - 2;
    if (kind === 2 && length > 0) return changed[random.below(length)]!;
    return pick(random, NASTY_NUMBERS);
  };
  const kind = random.below(8);
  if (kind === 0) changed.fill(some());
  else if (kind === 1) changed.reverse();
  else if (kind === 2) changed.sort();
  else if (kind === 3) for (let i = 0; i < length; i++) changed[i] = some();
  else if (kind === 4)
    for (let i = 0; i < length; i++) changed[i] = changed[i]! * pick(random, [-1, 0, 2, 1 + 5e-7, 1e38, 1e-38]);
  else for (let count = 1 + random.below(3); count > 0 && length > 0; count--) changed[random.below(length)] = some();
  return changed;
}

function changeLength(random: Random, values: NumericArray): NumericArray {
  const length = pick(random, [0, 1, values.length - 1, values.length + 1, values.length * 2, values.length * 3]);
  const changed = new (values.constructor as new (length: number) => NumericArray)(Math.max(length, 0));
  for (let i = 0; i < changed.length; i++) changed[i] = values[i % Math.max(values.length, 1)] ?? 0;
  return changed;
}

function changeType(random: Random, values: NumericArray): NumericArray {
  const type = pick(random, [Float64Array, Float32Array, Int32Array, Uint8Array]);
  return new type(Array.from(values));
}

function anyPlace(random: Random, manifest: unknown): Place {
  const places: Place[] = [];
  const visit = (holder: Container, path: string): void => {
    for (const key of Object.keys(holder)) {
      const at = joined(path, key);
      places.push({ holder, key: Array.isArray(holder) ? Number(key) : key, path: at });
      const value = holder[key as never] as unknown;
      if (value !== null && typeof value === "object") visit(value as Container, at);
    }
  };
  if (manifest !== null && typeof manifest === "object") visit(manifest as Container, "");
  if (places.length === 0) return { holder: {}, key: "a", path: "" };
  const place = pick(random, places);
  return { ...place, path: pathClass(place.path) };
}

function grown(random: Random, list: readonly unknown[]): unknown[] {
  if (list.length === 0) return [0];
  const times = pick(random, [2, 3, 50]);
  return Array.from({ length: list.length * times }, (_, i) => list[i % list.length]);
}

function nested(depth: number, isList: boolean): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = isList ? [value] : { a: value };
  return value;
}

function joined(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** A path without what only tells items of one list apart. */
function pathClass(path: string): string {
  return path.replaceAll(/\b\d+\b/g, "*");
}

function valueAt({ holder, key }: Place): unknown {
  return holder[key as never];
}

function put({ holder, key }: Place, value: unknown): void {
  define(holder, key, value);
}

/** An own property, whatever it is called. */
function define(holder: Container, key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}
