import type { Cell } from "@mlsec/preprocess";
import { subjectText } from "../shared/live/traffic-verdict.js";
import { bar, element, scrollable, table } from "./dom.js";
import { count, countOf, probability, seconds, share } from "./format.js";
import type { ModelCard } from "./model-card.js";
import type { Scores } from "./scores.js";

/** A finished run. */
export interface Run {
  readonly card: ModelCard;
  readonly scores: Scores;
  readonly fileName: string;
  readonly seconds: number;
  readonly inWorker: boolean;
}

/** What a run found, as the content of its section. `save` offers the predictions as a file. */
export function resultsView(run: Run, save: () => void): HTMLElement[] {
  const saveButton = element("button", { type: "button", class: "quiet", id: "save" }, "Save predictions as CSV");
  saveButton.addEventListener("click", save);
  return [
    element("h2", {}, `Scores of ${run.fileName}`),
    summary(run),
    ...skippedNote(run.scores),
    ...captureNotes(run.scores),
    classTable(run),
    ...firstRows(run),
    ...unseenCategories(run.scores),
    element("h3", {}, "Digest of the scores"),
    digest(run.scores),
    saveButton,
  ];
}

function summary({ card, scores, seconds: taken, inWorker }: Run): HTMLElement {
  const normal = card.classes.indexOf(card.normalClass);
  const attacks = scores.codes.reduce((sum, code) => (code === -1 || code === normal ? sum : sum + 1), 0);
  const judged = scores.codes.length - scores.skippedRows;
  const tile = (term: string, value: string, detail: string): HTMLElement =>
    element("div", {}, element("dt", {}, term), element("dd", {}, value), element("dd", { class: "hint" }, detail));
  return element(
    "dl",
    { class: "tiles" },
    tile("Rows scored", count(judged), scores.skippedRows === 0 ? "all of them" : `of ${count(scores.codes.length)}`),
    tile("Attacks", count(attacks), judged === 0 ? "no row was scored" : `${share(attacks / judged)} of the rows`),
    tile("Time", seconds(taken), inWorker ? "in a worker" : "on the page"),
  );
}

function skippedNote({ skippedRows }: Scores): HTMLElement[] {
  if (skippedRows === 0) return [];
  const verb = skippedRows === 1 ? "has" : "have";
  return [
    element(
      "p",
      { class: "note", id: "skipped" },
      `${countOf(skippedRows, "row")} ${verb} missing or infinite numbers in columns that the model needs: skipped, without a prediction.`,
    ),
  ];
}

/** What the meter says of a capture. */
function captureNotes({ metered }: Scores): HTMLElement[] {
  return (metered?.notes ?? []).map((text) => element("p", { class: "note capture" }, text));
}

function classTable({ card, scores }: Run): HTMLElement {
  const counts = card.classes.map(() => 0);
  for (const code of scores.codes) if (code !== -1) counts[code]!++;
  const judged = scores.codes.length - scores.skippedRows;
  const occurring = card.classes
    .map((name, code) => ({ name, rows: counts[code]! }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows);
  const most = occurring[0]?.rows ?? 1;
  const absent = card.classes.length - occurring.length;
  const found = table(
    "Rows per predicted class",
    [{ title: "Class" }, { title: "Rows", numeric: true }, { title: "Share", numeric: true }, { title: "" }],
    occurring.map(({ name, rows }) => [
      name,
      count(rows),
      share(rows / judged),
      bar(rows / most, name === card.normalClass ? "normal" : "attack"),
    ]),
  );
  found.id = "counts";
  if (absent > 0 && occurring.length > 0) {
    const others = absent === 1 ? "The other class was" : `The other ${absent} classes were`;
    found
      .createTFoot()
      .insertRow()
      .append(element("td", { colspan: "4", class: "hint" }, `${others} not predicted.`));
  }
  return found;
}

function firstRows({ card, scores }: Run): HTMLElement[] {
  const meaning = card.kind === "threat_detector" ? "an attack" : "the predicted class";
  const title = `${rowsTitle(scores)}, with the probability of ${meaning}`;
  const rows = scores.firstRows.map((cells, row) => {
    const name = card.classes[scores.codes[row]!];
    const tone = name === card.normalClass ? "normal" : "attack";
    const value = scores.probabilities[row]!;
    return [
      scores.metered === null ? String(row + 1) : subjectText(scores.metered.subjects[row]!),
      name === undefined ? element("i", {}, "skipped") : element("span", { class: `verdict ${tone}` }, name),
      name === undefined ? "" : element("span", { title: String(value) }, probability(value)),
      ...cells.map(cellText),
    ];
  });
  const found = table(
    null,
    [
      scores.metered === null ? { title: "Row", numeric: true } : { title: "Flow" },
      { title: "Prediction" },
      { title: "Probability", numeric: true },
      ...card.inputs.map(({ name, type }) => ({ title: name, numeric: type === "number" })),
    ],
    rows,
  );
  found.id = "rows";
  return [element("h3", {}, title), scrollable(title, found)];
}

function rowsTitle({ codes, firstRows }: Scores): string {
  if (firstRows.length === codes.length) return "All rows";
  return `The first ${firstRows.length} of ${countOf(codes.length, "row")}`;
}

function cellText(cell: Cell): string {
  return cell === null ? "–" : String(cell);
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
