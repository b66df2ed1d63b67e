import type { Json } from "@mlsec/preprocess";

/** Why a text is no JSON that a bundle may hold, in words that follow "The header" or "The manifest". */
export class NotStrictJson extends Error {}

/** How much a JSON text may hold. */
export interface JsonLimits {
  /** Objects and lists within each other. */
  readonly depth: number;
  /** Values in all, objects and lists among them. */
  readonly values: number;
  /** Keys in all, which take several times as much memory as values do. */
  readonly keys: number;
  /** Characters of a string, as written. */
  readonly stringLength: number;
}

/**
 * Parses JSON within limits in which every key of an object occurs once, and none is `__proto__`. `JSON.parse` takes the last of
 * several equal keys, other parsers the first, and to some `__proto__` is no key like others: two readers of one file would then
 * see two models.
 *
 * @throws NotStrictJson.
 */
export function strictJson(text: string, limits: JsonLimits): Json {
  let value: Json;
  let keys: number;
  try {
    keys = countKeys(text, limits);
    value = JSON.parse(text) as Json;
  } catch (cause) {
    if (cause instanceof NotStrictJson) throw cause;
    throw new NotStrictJson("is not JSON", { cause });
  }
  // Fewer keys in the value than in the text: only then is it worth while to look which one it is.
  if (keys !== keysOf(value)) requireDistinctKeys(text);
  return value;
}

/**
 * How many keys a text has if it is JSON: as many as colons outside of strings. It comes before parsing because nothing else
 * bounds what a parser does with a text of a million brackets.
 */
function countKeys(text: string, limits: JsonLimits): number {
  let depth = 0;
  let values = 1;
  let keys = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const end = endOfString(text, at);
      if (end - at > limits.stringLength)
        throw new NotStrictJson(`has a string of more than ${limits.stringLength} characters`);
      at = end;
    } else if (character === OPEN_OBJECT || character === OPEN_LIST) {
      // What is between two brackets is a value, and so is what follows a comma.
      values++;
      if (++depth > limits.depth) throw new NotStrictJson(`is nested deeper than ${limits.depth} levels`);
    } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) depth--;
    else if (character === COMMA) values++;
    else if (character === COLON) keys++;
    if (values > limits.values) throw new NotStrictJson(`has more than ${limits.values} values`);
    if (keys > limits.keys) throw new NotStrictJson(`has more than ${limits.keys} keys`);
  }
  return keys;
}

/** Keys of a value and all in it; NaN where one is `__proto__`. */
function keysOf(value: Json): number {
  if (value === null || typeof value !== "object") return 0;
  if (!Array.isArray(value) && Object.hasOwn(value, "__proto__")) return Number.NaN;
  const items: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  let keys = Array.isArray(value) ? 0 : items.length;
  for (const item of items) if (typeof item === "object") keys += keysOf(item);
  return keys;
}

/** Of a text that is known to be JSON: there a string is a key if and only if a colon follows it. */
function requireDistinctKeys(text: string): void {
  // Of each object or list around the present place the keys so far; a list, and an object before its first, has none.
  const keys: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === OPEN_OBJECT || character === OPEN_LIST) keys.push(null);
    else if (character === CLOSE_OBJECT || character === CLOSE_LIST) keys.pop();
    else if (character === QUOTE) {
      const end = endOfString(text, at);
      if (isFollowedByColon(text, end)) {
        const known = keys.pop() ?? new Set();
        noteKey(known, text.slice(at, end + 1));
        keys.push(known);
      }
      at = end;
    }
  }
}

/** @param quoted the key as it is written. */
function noteKey(known: Set<string>, quoted: string): void {
  const key = quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (key === "__proto__") throw new NotStrictJson(`has the key "__proto__"`);
  if (known.has(key)) throw new NotStrictJson(`has the key ${JSON.stringify(key.slice(0, 80))} twice in one object`);
  known.add(key);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** Where the string ends that begins at a place; the text's end where it does not. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at++;
    else if (character === QUOTE) return at;
  }
  return text.length;
}

function isFollowedByColon(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === COLON;
}
