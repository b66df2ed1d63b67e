import type { InputColumn } from "@mlsec/preprocess";
import { element } from "./dom.js";
import { bytes, count, countOf, kindName } from "./format.js";
import type { ModelCard } from "./model-card.js";

/** What a model is and needs, as the content of its section. */
export function modelView(card: ModelCard): HTMLElement[] {
  const { classes, inputs, normalClass } = card;
  return [
    element("h2", {}, kindName(card.kind)),
    element("p", { class: "facts" }, facts(card).join(" · ")),
    element("h3", {}, countOf(classes.length, "class", "classes")),
    element("ul", { class: "chips", id: "classes" }, ...classes.map((name) => classChip(name, normalClass))),
    element("h3", {}, `${countOf(inputs.length, "column")} needed`),
    element("p", { class: "hint" }, "Names count to the letter, spaces included; other columns are ignored."),
    element("ul", { class: "chips columns", id: "columns" }, ...inputs.map(inputChip)),
  ];
}

/** A class name, told from "no attack" by more than its colour. */
export function classChip(name: string, normalClass: string): HTMLElement {
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
