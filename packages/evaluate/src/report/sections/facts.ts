import { leftOut, name, type Section, section } from "../blocks.js";
import type { Fact, FactGroup } from "../content.js";
import { grouped } from "../figures.js";
import { REPORT_LIMITS } from "../limits.js";
import { type Markup, markup, type Part } from "../markup.js";

/** Lists up to this length are open. */
const SHORT = 15;

/** The model card. */
export function factsSection(groups: readonly FactGroup[]): Section {
  return section(
    "model",
    "Model card",
    markup`<div class="cards">${groups.slice(0, REPORT_LIMITS.groups).map(card)}</div>`,
    leftOut(groups.length, REPORT_LIMITS.groups, "groups"),
  );
}

function card({ title, facts }: FactGroup): Markup {
  return markup`<div class="card">
<h3>${title}</h3>
<dl>
${facts.slice(0, REPORT_LIMITS.facts).map(
  (fact) => markup`<dt>${fact.name}</dt><dd>${shownValue(fact)}</dd>
`,
)}</dl>
${leftOut(facts.length, REPORT_LIMITS.facts, "facts")}
</div>
`;
}

function shownValue({ value }: Fact): Part {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return numberOf(value);
  if (typeof value === "string") return markup`<bdi>${value}</bdi>`;
  if (value.length === 0) return "none";
  const listed = value
    .slice(0, REPORT_LIMITS.list)
    .map((item) => markup`<li>${name(typeof item === "number" ? numberOf(item) : item)}</li>`);
  const more = value.length - listed.length;
  const list = markup`<ul>${listed}${more > 0 && markup`<li class="muted">and ${more} more</li>`}</ul>`;
  return value.length <= SHORT ? list : markup`<details><summary>${value.length} of them</summary>${list}</details>`;
}

/** Whole numbers in groups of three digits; others as they are. */
function numberOf(value: number): string {
  return Number.isSafeInteger(value) ? grouped(value) : String(value);
}
