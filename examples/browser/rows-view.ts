import type { Cell } from "@mlsec/preprocess";
import { type StageVerdict, subjectText } from "../shared/live/traffic-verdict.js";
import { element, scrollable, table } from "./dom.js";
import { count, countOf, probability } from "./format.js";
import type { Run } from "./results-view.js";
import { SHOWN_ROWS } from "./row-observer.js";
import type { Scores, ShownRow } from "./scores.js";

/** What a choice shows: the first rows of all, of a class, or those without a verdict. */
interface Choice {
  readonly text: string;
  readonly rows: number;
  readonly shows: (row: ShownRow) => boolean;
}

/** Single verdicts: the first of all, or, as a person chooses, of a class. */
export function rowsView(run: Run): HTMLElement[] {
  const { scores } = run;
  const choices = choicesOf(scores);
  const select = element(
    "select",
    { id: "shown" },
    ...choices.map(({ text, rows }, at) => element("option", { value: String(at) }, `${text} (${count(rows)})`)),
  );
  const title = element("h3", { id: "rows-title" });
  const place = element("div");
  const show = (): void => {
    const choice = choices[Number(select.value)]!;
    const shown = scores.shown.filter(choice.shows).slice(0, SHOWN_ROWS);
    title.textContent = titleOf(run, choice, shown.length);
    const found = rowTable(run, shown);
    found.id = "rows";
    place.replaceChildren(scrollable("Single verdicts", found));
  };
  select.addEventListener("change", show);
  show();
  const choice = element("div", { class: "choice" }, element("label", { for: "shown" }, "Show"), " ", select);
  return [element("div", { class: "title" }, title, choice), place];
}

function choicesOf({ classes, refused, rows, unit }: Scores): Choice[] {
  const all: Choice = { text: `All ${unit}`, rows, shows: ({ at }) => at < SHOWN_ROWS };
  const ofClasses = classes.map(
    ({ name, rows: of }): Choice => ({ text: name, rows: of, shows: ({ verdict }) => verdict?.class === name }),
  );
  if (refused === null) return [all, ...ofClasses];
  return [
    all,
    ...ofClasses,
    { text: "Without a verdict", rows: refused.rows, shows: ({ verdict }) => verdict === null },
  ];
}

function titleOf({ stages, scores: { unit } }: Run, { rows }: Choice, shown: number): string {
  const which = shown === rows ? `All ${countOf(rows, unit.slice(0, -1))}` : `The first ${shown} of ${count(rows)}`;
  if (stages.length > 1) return `${which}, with what each stage says`;
  const meaning = stages[0]?.kind === "threat_detector" ? "an attack" : "the predicted class";
  return `${which}, with the probability of ${meaning}`;
}

function rowTable({ stages, scores: { unit } }: Run, rows: readonly ShownRow[]): HTMLTableElement {
  const isTwoStage = stages.length > 1;
  const inputs = isTwoStage ? [] : (stages[0]?.inputs ?? []);
  const said = isTwoStage ? [{ title: "First stage" }, { title: "Second stage" }] : [];
  return table(
    null,
    [
      unit === "rows" ? { title: "Row", numeric: true } : { title: unit === "flows" ? "Flow" : "Connection" },
      { title: "Verdict" },
      { title: "Probability", numeric: true },
      ...said,
      ...inputs.map(({ name, type }) => ({ title: name, numeric: type === "number" })),
    ],
    rows.map(({ subject, verdict, stages: by, cells }) => [
      "row" in subject ? String(subject.row + 1) : element("span", { class: "ends" }, subjectText(subject)),
      verdict === null ? element("i", {}, "skipped") : chip(verdict),
      verdict === null ? "" : exact(verdict.probability),
      ...(isTwoStage ? [stageText(by?.threat), stageText(by?.attack)] : []),
      ...(cells ?? []).map(cellText),
    ]),
  );
}

function chip({ class: name, isAttack }: StageVerdict): HTMLElement {
  return element("span", { class: `verdict ${isAttack ? "attack" : "normal"}` }, name);
}

function exact(value: number): HTMLElement {
  return element("span", { title: String(value) }, probability(value));
}

/** What one of two stages says; a dash where it was not asked, or had nothing to judge. */
function stageText(said: StageVerdict | null | undefined): HTMLElement | string {
  if (said === null || said === undefined) return "–";
  return element("span", {}, `${said.class} `, exact(said.probability));
}

function cellText(cell: Cell): string {
  return cell === null ? "–" : String(cell);
}
