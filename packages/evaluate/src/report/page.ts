import type { Section } from "./blocks.js";
import { Markup, markup } from "./markup.js";
import { STYLE } from "./style.js";

/** Nothing is loaded, nothing runs, nothing is sent; only the style that the page brings along. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The document. It is well-formed XML, too. */
export function page(
  { title, subtitle }: { readonly title: string; readonly subtitle: string | undefined },
  sections: readonly Section[],
): string {
  const document = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}"/>
<meta name="referrer" content="no-referrer"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${subtitle !== undefined && markup`<p>${subtitle}</p>`}
${
  sections.length > 1 &&
  markup`<nav aria-label="Contents"><ul>
${sections.map(
  ({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>
`,
)}</ul></nav>`
}
</header>
<main>
${sections.map(({ body }) => markup`${body}\n`)}</main>
</body>
</html>
`;
  return document.source;
}
