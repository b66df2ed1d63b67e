import { REPORT_LIMITS } from "./limits.js";

/**
 * What cannot be seen, or makes other text look different from what it is: controls (a NUL is not even allowed in HTML),
 * marks, embeddings and overrides that reorder text, soft hyphens and zero-width characters, line separators, and halves of
 * surrogate pairs, which no file can hold.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text from outside, as a report may show it: unseen characters as their escapes, and cut where it is too long. */
export function visibleText(text: string): string {
  // Cut before, too, so that a text of a megabyte costs nothing; a character may be two units long.
  const seen = text.slice(0, 2 * REPORT_LIMITS.text).replace(INVISIBLE, escapeOf);
  if (text.length <= REPORT_LIMITS.text && seen.length <= REPORT_LIMITS.text) return seen;
  return `${seen.slice(0, REPORT_LIMITS.text).replace(/[\ud800-\udbff]$/, "")}…`;
}

function escapeOf(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
