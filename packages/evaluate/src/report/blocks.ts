import { type Markup, markup, type Part } from "./markup.js";
import type { SeriesStyle } from "./plots/line-plot.js";
import { swatch } from "./plots/line-plot.js";

/** A part of the report that its contents list. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

export function section(id: string, title: string, ...body: readonly Part[]): Section {
  return {
    id,
    title,
    body: markup`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${body}
</section>`,
  };
}

/** A name from outside: its spaces are kept, and its direction does not reach beyond it. */
export function name(text: string): Markup {
  return markup`<bdi class="name">${text}</bdi>`;
}

export interface Column {
  readonly head: Part;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
}

/** A table whose first cell of each row names it. Wide ones scroll by themselves. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Part[])[]): Markup {
  const kind = (index: number): string => (columns[index]!.numeric === true ? "number" : "text");
  return scrolling(
    caption,
    markup`<table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ head }, index) => markup`<th scope="col" class="${kind(index)}">${head}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (cells) => markup`<tr>${cells.map((cell, index) =>
    index === 0
      ? markup`<th scope="row" class="${kind(index)}">${cell}</th>`
      : markup`<td class="${kind(index)}">${cell}</td>`,
  )}</tr>
`,
)}</tbody>
</table>`,
  );
}

/** What may be wider than the page: it scrolls by itself, with the keyboard, too. */
export function scrolling(label: string, content: Markup): Markup {
  return markup`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`;
}

/** A plot with its heading, what its lines are, what it says, and its numbers as a table that opens on request. */
export function figure({
  title,
  plot,
  legend = [],
  note,
  numbers,
}: {
  readonly title: Part;
  readonly plot: Markup;
  readonly legend?: readonly { readonly style: SeriesStyle; readonly text: Part }[];
  readonly note: Part;
  readonly numbers?: Markup | undefined;
}): Markup {
  return markup`<figure>
<h3>${title}</h3>
${plot}
${legend.length > 0 && markup`<ul class="legend">${legend.map(({ style, text }) => markup`<li>${swatch(style)} ${text}</li>`)}</ul>`}
<figcaption>${note}</figcaption>
${numbers !== undefined && numbersOnRequest(numbers)}
</figure>
`;
}

/** What a plot draws as a table, which opens on request. */
export function numbersOnRequest(numbers: Markup): Markup {
  return markup`<details class="numbers"><summary>The numbers as a table</summary>${numbers}</details>`;
}

/** The figures that matter most, large. */
export function tiles(
  entries: readonly { readonly name: string; readonly value: Part; readonly note?: Part }[],
): Markup {
  return markup`<dl class="tiles">
${entries.map(
  ({ name, value, note }) =>
    markup`<div><dt>${name}</dt><dd><strong>${value}</strong>${note !== undefined && markup`<span class="muted">${note}</span>`}</dd></div>
`,
)}</dl>`;
}

/** What a limit left out, in words; nothing where it left nothing out. */
export function leftOut(total: number, limit: number, what: string): Markup | null {
  if (total <= limit) return null;
  return markup`<p class="muted">${total - limit} more ${what} are not shown.</p>`;
}
