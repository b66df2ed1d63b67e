const MISSING_WORDS: ReadonlySet<string> = /* @__PURE__ */ new Set(["", "NaN", "nan", "NA", "null"]);
const INFINITY = /^([+-]?)(Infinity|inf)$/;
/** Matches in one pass: no digit can belong to two parts of it, however long the text. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/**
 * The number that a text of a numeric column stands for, as `readCsv` has it: a decimal, correctly rounded, or an
 * infinity; NaN for the words that mean "missing"; undefined for any other text and for decimals beyond float64.
 */
export function numberFromText(text: string): number | undefined {
  const trimmed = text.trim();
  if (MISSING_WORDS.has(trimmed)) return Number.NaN;
  const infinity = INFINITY.exec(trimmed);
  if (infinity !== null) return infinity[1] === "-" ? -Infinity : Infinity;
  const number = DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** Why `numberFromText` has no number for a text. */
export function numberFault(text: string): { readonly kind: "overflow" | "not-a-number"; readonly fault: string } {
  return DECIMAL.test(text.trim())
    ? { kind: "overflow", fault: "is beyond the largest float64 (1.8e308)" }
    : { kind: "not-a-number", fault: "is not a number" };
}
