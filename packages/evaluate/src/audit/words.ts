import type { ClassRows } from "./finding.js";

/** A column's name as messages write it. */
export function quoted(name: string): string {
  return JSON.stringify(name);
}

/** `1 row`, `2 rows`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A share as per cent; what is neither nothing nor all is written as neither. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0001) return "under 0.01 %";
  if (share < 1 && share > 0.9999) return "over 99.99 %";
  return `${(share * 100).toFixed(2)} %`;
}

/** The first of the classes with their rows, and how many more there are. */
export function someClasses(classes: readonly ClassRows[]): string {
  const shown = classes.slice(0, 5).map((one) => `${quoted(one.class)} ${one.rows}`);
  return `${shown.join(", ")}${classes.length > 5 ? ` and ${classes.length - 5} more` : ""}`;
}
