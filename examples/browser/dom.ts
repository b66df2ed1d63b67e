type Child = Node | string;

/** A new element with attributes and children; texts are texts, never markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The element of an id that the page is known to have, as the class that it is known to be of. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${kind.name} with the id ${id}.`);
}

/** A table, with a caption unless a heading stands above it. A column whose cells are numbers stands to the right; see `numeric` in the style sheet. */
export function table(
  caption: string | null,
  head: readonly { readonly title: string; readonly numeric?: boolean }[],
  rows: readonly (readonly Child[])[],
): HTMLTableElement {
  const classOf = (column: number): Record<string, string> => (head[column]?.numeric ? { class: "numeric" } : {});
  return element(
    "table",
    {},
    ...(caption === null ? [] : [element("caption", {}, caption)]),
    element(
      "thead",
      {},
      element("tr", {}, ...head.map(({ title }, at) => element("th", { scope: "col", ...classOf(at) }, title))),
    ),
    element(
      "tbody",
      {},
      ...rows.map((cells) =>
        element(
          "tr",
          {},
          ...cells.map((cell, at) =>
            at === 0 ? element("th", { scope: "row", ...classOf(at) }, cell) : element("td", classOf(at), cell),
          ),
        ),
      ),
    ),
  );
}

/** A part of the page that scrolls sideways on its own, for the keyboard, too. */
export function scrollable(label: string, content: HTMLElement): HTMLElement {
  return element("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, content);
}

/** A bar as long as a share of its place, 0 to 1. An ornament: the number stands beside it. */
export function bar(share: number, tone: string): HTMLElement {
  const fill = element("span", { class: tone });
  // By the object model rather than the attribute: a strict content security policy refuses style attributes.
  fill.style.inlineSize = `${100 * share}%`;
  return element("span", { class: "bar", "aria-hidden": "true" }, fill);
}
