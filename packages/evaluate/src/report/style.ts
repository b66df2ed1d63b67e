/**
 * The report's stylesheet. Colours are variables, which plots use as well. Lines differ in dashes, not only in colour (blue,
 * vermilion and green that the colour-blind tell apart, after Okabe and Ito), and severities and right cells say so in words
 * and weight. Paper is light.
 */
export const STYLE: string = `
:root {
  color-scheme: light;
  --ground: #f3f5f7; --surface: #fff; --text: #16212b; --muted: #51606d; --line: #d5dde3; --grid: #e6ebef;
  --first: #0b6aa2; --second: #b8410c; --third: #00725a; --right: 11 106 162; --wrong: 190 76 20;
  --error: #a61b2b; --error-soft: #fdecee; --warning: #7a4b00; --warning-soft: #fff3d6; --note: #34566f; --note-soft: #e8f0f6;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --ground: #10161b; --surface: #182129; --text: #e6edf2; --muted: #9fb0bc; --line: #33424e; --grid: #26323c;
    --first: #6cb8f0; --second: #ff9d66; --third: #5fd6b0; --right: 80 160 225; --wrong: 255 140 80;
    --error: #ff9aa5; --error-soft: #3b1a1f; --warning: #f2c46d; --warning-soft: #382b10; --note: #a9c8de; --note-soft: #1d2f3c;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--text); font-variant-numeric: tabular-nums; }
h1, h2, h3 { margin: 0; line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: 1.9rem; letter-spacing: -0.01em; }
h2 { font-size: 1.35rem; margin-bottom: 0.75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0.5rem 0; overflow-wrap: anywhere; }
a { color: var(--first); }
header { margin-bottom: 1.5rem; }
header p { max-width: 60rem; color: var(--muted); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.75rem 0 0; padding: 0; list-style: none; }
section { margin-top: 1.25rem; padding: 1.5rem; background: var(--surface); border: 1px solid var(--line); border-radius: 0.75rem; scroll-margin-top: 1rem; }
:focus-visible { outline: 2px solid var(--first); outline-offset: 2px; }
.muted, small { color: var(--muted); }
section > p.muted { max-width: 60rem; font-size: 0.875rem; }
.name { white-space: pre-wrap; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 0.75rem; margin: 1rem 0; }
.tiles > div { padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.5rem; }
.tiles dt { font-size: 0.875rem; color: var(--muted); }
.tiles dd { margin: 0; }
.tiles strong { display: block; font-size: 1.55rem; font-weight: 650; line-height: 1.3; }
.tiles dd > .muted { font-size: 0.8125rem; }
.scroll { overflow-x: auto; margin: 0.5rem 0; }
table { border-collapse: collapse; font-size: 0.875rem; min-width: min(100%, 30rem); }
caption { padding: 0 0 0.5rem; text-align: start; color: var(--muted); font-size: 0.8125rem; }
th, td { padding: 0.3rem 0.75rem; border-bottom: 1px solid var(--line); vertical-align: top; text-align: start; }
thead th { color: var(--muted); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; min-width: 7rem; max-width: 24rem; }
.number { text-align: end; white-space: nowrap; }
tbody th.number { min-width: 0; }
.interval { white-space: nowrap; color: var(--muted); }
.confusion th, .confusion td { border: 1px solid var(--line); }
.confusion td { min-width: 3.9rem; text-align: end; padding: 0.3rem 0.5rem; white-space: nowrap; }
.confusion thead td, .confusion thead .over { border: 0; }
.confusion thead .over { text-align: start; font-weight: 400; padding-inline-start: 0.25rem; }
.confusion td small { display: block; font-size: 0.6875rem; color: inherit; }
.confusion td.none { color: var(--muted); }
.confusion td.right { font-weight: 700; box-shadow: inset 0 0 0 2px rgb(var(--right) / 0.55); }
.confusion.turned thead th:not(.text):not(.over) { height: 13rem; padding: 0.4rem; text-align: center; }
.confusion.turned thead th:not(.text):not(.over) > span { display: inline-block; max-height: 12.4rem; overflow: hidden; writing-mode: vertical-rl; transform: rotate(180deg); text-align: start; text-overflow: ellipsis; white-space: nowrap; }
.confusion.turned thead .name { white-space: pre; }
${shades()}
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2rem 2.5rem; align-items: start; }
.small-figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 1rem; }
figure { margin: 0; min-width: 0; }
figure h3 { margin: 0 0 0.5rem; }
.figures { margin-top: 1rem; }
figcaption { font-size: 0.875rem; color: var(--muted); overflow-wrap: anywhere; }
.small-figures figcaption { text-align: center; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.25rem; margin: 0.25rem 0; padding: 0; list-style: none; font-size: 0.875rem; }
details { margin-top: 0.5rem; font-size: 0.875rem; }
summary { cursor: pointer; color: var(--first); }
.plot { display: block; width: 100%; height: auto; max-width: 40rem; }
.plot text { font-size: 12px; fill: var(--muted); }
.plot .axis { fill: var(--text); }
.frame, .grid, .line, .marker, .range, .track, .extent { fill: none; }
.frame { stroke: var(--muted); }
.grid { stroke: var(--grid); }
.line { stroke-width: 2; stroke-linejoin: round; }
.line.first, .range.first, .mark.first { stroke: var(--first); }
.line.second, .range.second, .mark.second { stroke: var(--second); }
.line.third { stroke: var(--third); }
.line.second { stroke-dasharray: 7 4; }
.line.third { stroke-dasharray: 2 3; }
.line.reference { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 4 4; }
.mark { stroke-width: 2; fill: var(--surface); }
.range { stroke-width: 1.5; }
.marker { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 1 3; stroke-linecap: round; }
.swatch, .cell { vertical-align: middle; }
.bar { fill: var(--first); }
.track { stroke: var(--line); }
.extent { stroke: var(--first); stroke-width: 2; opacity: 0.55; }
.badge { display: inline-block; padding: 0 0.5rem; border-radius: 1rem; font-size: 0.8125rem; font-weight: 600; }
.badge.error { color: var(--error); background: var(--error-soft); }
.badge.warning { color: var(--warning); background: var(--warning-soft); }
.badge.note { color: var(--note); background: var(--note-soft); }
#audit td { overflow-wrap: anywhere; }
#audit td:nth-child(3) { min-width: 11rem; }
code { font-size: 0.8125rem; white-space: nowrap; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0.75rem 2.5rem; }
.card h3 { margin-top: 0.5rem; }
.card dl { display: grid; grid-template-columns: minmax(6rem, 10rem) 1fr; gap: 0.25rem 1rem; margin: 0; font-size: 0.875rem; }
.card dt { color: var(--muted); }
.card dd { margin: 0; overflow-wrap: anywhere; }
.card details { margin: 0; }
.card ul { display: flex; flex-wrap: wrap; gap: 0 0.75rem; margin: 0; padding: 0; list-style: none; }
@media (max-width: 40rem) {
  body { padding: 1rem 0.5rem 2rem; }
  section { padding: 1rem; }
}
@media print {
  :root { font-size: 10pt; }
  @page { margin: 14mm; }
  body { max-width: none; padding: 0; background: none; }
  nav, .numbers:not([open]) { display: none; }
  section { padding: 0; border: 0; margin-top: 1.5rem; }
  .scroll { overflow: visible; }
  .figures { grid-template-columns: 1fr 1fr; }
  figure, tr, .confusion, .tiles > div, h2, h3 { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  .confusion td, .badge { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .confusion.turned { font-size: 0.7rem; }
  .confusion.turned td { min-width: 0; padding: 0.2rem; }
}
`;

/** Backgrounds of the confusion matrix, right and wrong cells apart; text stays readable on the darkest. */
function shades(): string {
  return [1, 2, 3, 4, 5, 6, 7, 8]
    .flatMap((shade) =>
      ["right", "wrong"].map(
        (kind) => `td.${kind}.shade-${shade} { background: rgb(var(--${kind}) / ${shade * 5}%); }`,
      ),
    )
    .join("\n");
}
