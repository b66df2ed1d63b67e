import type { Json } from "@mlsec/preprocess";

/** Why a text is no JSON that a bundle may hold, in words that follow "The header" or "The manifest". */
export class NotStrictJson extends Error {}

/**
 * Parses JSON in which every key of an object occurs once, and that is nested no deeper than so. `JSON.parse` takes the last of
 * several equal keys, other parsers the first: two readers of one file would then see two models.
 *
 * @throws NotStrictJson.
 */
export function strictJson(text: string, maxDepth: number): Json {
  let value: Json;
  let keys: number;
  try {
    keys = countKeys(text, maxDepth);
    value = JSON.parse(text) as Json;
  } catch (cause) {
    if (cause instanceof NotStrictJson) throw cause;
    throw new NotStrictJson("is not JSON", { cause });
  }
  // Fewer keys in the value than in the text: only then is it worth while to look which one is lost.
  if (keys !== keysOf(value)) requireDistinctKeys(text);
  return value;
}

/**
 * How many keys a text has if it is JSON: as many as colons outside of strings. It comes before parsing because nothing else
 * bounds what a parser does with a text of a million brackets.
 */
function countKeys(text: string, maxDepth: number): number {
  let depth = 0;
  let keys = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (character === COLON) keys++;
    else if (character === OPEN_OBJECT || character === OPEN_LIST) {
      if (++depth > maxDepth) throw new NotStrictJson(`is nested deeper than ${maxDepth} levels`);
    } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) depth--;
  }
  return keys;
}

/** Keys of a value and all in it. */
function keysOf(value: Json): number {
  if (value === null || typeof value !== "object") return 0;
  const items: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  let keys = Array.isArray(value) ? 0 : items.length;
  for (const item of items) if (typeof item === "object") keys += keysOf(item);
  return keys;
}

/** Of a text that is known to be JSON: there a string is a key if and only if a colon follows it. */
function requireDistinctKeys(text: string): void {
  const keys: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === OPEN_OBJECT) keys.push(new Set());
    else if (character === OPEN_LIST) keys.push(null);
    else if (character === CLOSE_OBJECT || character === CLOSE_LIST) keys.pop();
    else if (character === QUOTE) {
      const end = endOfString(text, at);
      if (isFollowedByColon(text, end)) noteKey(keys.at(-1)!, text.slice(at, end + 1));
      at = end;
    }
  }
}

/** @param quoted the key as it is written. */
function noteKey(known: Set<string>, quoted: string): void {
  const key = quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (known.has(key)) throw new NotStrictJson(`has the key ${JSON.stringify(key.slice(0, 80))} twice in one object`);
  known.add(key);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
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
