import type { InputColumn } from "@mlsec/preprocess";
import { element } from "./dom.js";
import { bytes, count, countOf, kindName } from "./format.js";
import type { ModelCard } from "./model-card.js";

/** What each of two stages is for. */
const STAGES = ["First stage: attack or not", "Second stage: which attack"] as const;

/**
 * What a model is and needs, as a section of its own.
 *
 * @param stage its place among two stages, from 0; null where it is alone.
 */
export function modelView(card: ModelCard, stage: number | null, remove: () => void): HTMLElement {
  const { classes, inputs, normalClass } = card;
  const name = kindName(card.kind);
  const removeButton = element(
    "button",
    { type: "button", class: "quiet", "aria-label": `Remove the ${name}` },
    "Remove",
  );
  removeButton.addEventListener("click", remove);
  const columns = [
    element("p", { class: "hint" }, "Names count to the letter, spaces included; other columns are ignored."),
    element("ul", { class: "chips columns" }, ...inputs.map(inputChip)),
  ];
  const needed = `${countOf(inputs.length, "column")} needed`;
  return element(
    "section",
    { class: "card", "aria-label": name },
    ...(stage === null ? [] : [element("p", { class: "stage" }, STAGES[stage] ?? "")]),
    element("div", { class: "title" }, element("h2", {}, name), removeButton),
    element("p", { class: "facts" }, facts(card).join(" · ")),
    element("h3", {}, countOf(classes.length, "class", "classes")),
    element("ul", { class: "chips classes" }, ...classes.map((each) => classChip(each, normalClass))),
    // Beside another model a list of eighty columns would be most of the page.
    ...(stage === null
      ? [element("h3", {}, needed), ...columns]
      : [element("details", {}, element("summary", {}, element("h3", {}, needed)), ...columns)]),
  );
}

/** A class name, told from "no attack" by more than its colour. */
function classChip(name: string, normalClass: string): HTMLElement {
  return element("li", { class: name === normalClass ? "normal" : "attack" }, name);
}

function inputChip(input: InputColumn): HTMLElement {
  const chip = element("li", {}, element("code", {}, input.name));
  if (input.type === "text") chip.append(element("small", {}, `text, ${count(input.categories.length)} known`));
  return chip;
}

function facts({ threshold, bytes: size, createdAt, digest }: ModelCard): string[] {
  return [
    ...(threshold === null ? [] : [`attack above ${threshold}`]),
    ...(createdAt === null ? [] : [`saved ${createdAt.slice(0, 10)}`]),
    bytes(size),
    `digest ${digest.slice(0, 12)}…`,
  ];
}
