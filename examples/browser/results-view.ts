import { bar, element, table } from "./dom.js";
import { count, seconds, share } from "./format.js";
import type { ModelCard } from "./model-card.js";
import { rowsView } from "./rows-view.js";
import type { Scores } from "./scores.js";

/** A finished run. */
export interface Run {
  /** One model, or a threat detector and the attack classifier that names its alarms. */
  readonly stages: readonly ModelCard[];
  readonly scores: Scores;
  readonly fileName: string;
  readonly seconds: number;
  readonly inWorker: boolean;
}

/** What a run found, as the content of its section. `save` offers the predictions as a file. */
export function resultsView(run: Run, save: () => void): HTMLElement[] {
  const { scores } = run;
  const saveButton = element("button", { type: "button", class: "quiet", id: "save" }, "Save predictions as CSV");
  saveButton.addEventListener("click", save);
  return [
    element("h2", {}, `Scores of ${run.fileName}`),
    tiles(run),
    ...scores.warnings.map((text) => element("p", { class: "note warning" }, `Warning: ${text}`)),
    ...(scores.refused === null ? [] : [element("p", { class: "note", id: "refused" }, scores.refused.text)]),
    classTable(scores),
    ...rowsView(run),
    ...unseenCategories(scores),
    ...fileNotes(scores),
    element("h3", {}, "Digest of the scores"),
    digest(scores),
    saveButton,
  ];
}

function tiles({ stages, scores, seconds: taken, inWorker }: Run): HTMLElement {
  const { unit, rows, attacks, classes } = scores;
  const judged = rows - (scores.refused?.rows ?? 0);
  const tile = (term: string, value: string, detail: string): HTMLElement =>
    element("div", {}, element("dt", {}, term), element("dd", {}, value), element("dd", { class: "hint" }, detail));
  const title = `${unit[0]!.toUpperCase()}${unit.slice(1)} scored`;
  const of = judged === rows ? "all of them" : `of ${count(rows)}`;
  const [first, second] = stages;
  const unnamed = classes.find(({ name, isAttack }) => isAttack && first?.classes.includes(name))?.rows ?? 0;
  const named =
    second === undefined ? [] : [tile("Named", count(attacks - unnamed), `${count(unnamed)} without a name`)];
  return element(
    "dl",
    { class: "tiles" },
    tile(title, count(judged), of),
    tile("Attacks", count(attacks), judged === 0 ? "nothing was scored" : `${share(attacks / judged)} of the ${unit}`),
    ...named,
    tile("Time", seconds(taken), inWorker ? "in a worker" : "on the page"),
  );
}

/** What is said of the file itself: how much was read of it, what was left out. */
function fileNotes({ notes }: Scores): HTMLElement[] {
  if (notes.length === 0) return [];
  return [
    element("h3", {}, "What was read"),
    element("ul", { class: "notes", id: "notes" }, ...notes.map((text) => element("li", {}, text))),
  ];
}

function classTable({ classes, absentClasses, rows, refused, unit }: Scores): HTMLElement {
  const judged = rows - (refused?.rows ?? 0);
  const most = classes[0]?.rows ?? 1;
  const heading = `${unit[0]!.toUpperCase()}${unit.slice(1)}`;
  const found = table(
    `${heading} per class`,
    [{ title: "Class" }, { title: heading, numeric: true }, { title: "Share", numeric: true }, { title: "" }],
    classes.map(({ name, rows: of, isAttack }) => [
      name,
      count(of),
      share(of / judged),
      bar(of / most, isAttack ? "attack" : "normal"),
    ]),
  );
  found.id = "counts";
  if (absentClasses > 0 && classes.length > 0) {
    const others = absentClasses === 1 ? "The other class was" : `The other ${absentClasses} classes were`;
    found
      .createTFoot()
      .insertRow()
      .append(element("td", { colspan: "4", class: "hint" }, `${others} not predicted.`));
  }
  return found;
}

function unseenCategories({ unseen }: Scores): HTMLElement[] {
  if (unseen.length === 0) return [];
  const found = table(
    "Categories not seen in training",
    [{ title: "Column" }, { title: "Category" }, { title: "Rows", numeric: true }],
    unseen.map(({ column, category, rows }) => [
      element("code", {}, column),
      category === null ? element("i", {}, "missing") : category,
      count(rows),
    ]),
  );
  found.id = "unseen";
  return [
    found,
    element("p", { class: "hint" }, "The model knows nothing of them: take the verdicts of these rows with care."),
  ];
}

function digest({ digest: value }: Scores): HTMLElement {
  if (value === null) {
    return element("p", { class: "hint" }, "Not computed: browsers offer SHA-256 only by HTTPS or from this machine.");
  }
  return element(
    "p",
    {},
    element("code", { class: "digest", id: "digest" }, value),
    element(
      "span",
      { class: "hint" },
      "SHA-256 of every probability and class code. Two runs with equal digests gave equal scores, to the last bit.",
    ),
  );
}
