import { visibleText } from "./visible-text.js";

/** HTML or SVG that is safe as it is: `markup` makes it of anything, others only of what they have made themselves. */
export class Markup {
  constructor(readonly source: string) {}
}

/** What may stand in a template: text is escaped, lists are joined, and what is not there is nothing. */
export type Part = Markup | string | number | null | undefined | false | readonly Part[];

/**
 * A template of HTML or SVG. Whatever is put into it is text unless it is `Markup` itself: characters that mean something in
 * markup are escaped, those that nobody can see are made visible. Attributes must be quoted.
 */
export function markup(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const pieces = template.map((piece, index) => (index === 0 ? piece : sourceOf(parts[index - 1]) + piece));
  return new Markup(pieces.join(""));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function sourceOf(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Markup) return part.source;
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return visibleText(part).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
  return part.map(sourceOf).join("");
}
