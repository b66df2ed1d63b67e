import { MlsecError, type Progress } from "@mlsec/preprocess";
import { byId, element } from "./dom.js";
import { countOf, kindName } from "./format.js";
import type { ModelCard } from "./model-card.js";
import { modelView } from "./model-view.js";
import { predictionsCsv, verdictsCsv } from "./predictions-csv.js";
import { type Run, resultsView } from "./results-view.js";
import { LocalScorer, type Scorer } from "./scorer.js";
import { WorkerScorer } from "./worker-scorer.js";

const page = {
  form: byId("form", HTMLFormElement),
  inputs: byId("inputs", HTMLFieldSetElement),
  bundle: byId("bundle", HTMLInputElement),
  traffic: byId("traffic", HTMLInputElement),
  inWorker: byId("in-worker", HTMLInputElement),
  score: byId("score", HTMLButtonElement),
  status: byId("status", HTMLElement),
  progress: byId("progress", HTMLProgressElement),
  error: byId("error", HTMLElement),
  model: byId("model", HTMLElement),
  results: byId("results", HTMLElement),
};

/** The loaded model, where there is one. */
let opened: { readonly scorer: Scorer; readonly card: ModelCard } | null = null;

page.bundle.addEventListener("change", openBundle);
page.inWorker.addEventListener("change", openBundle);
page.traffic.addEventListener("change", () => {
  forgetResults();
  showReadiness();
});
page.form.addEventListener("submit", (event) => {
  event.preventDefault();
  scoreFile();
});

/** Loads the chosen bundle, on the page or in a worker as the switch says. */
async function openBundle(): Promise<void> {
  opened?.scorer.close();
  opened = null;
  page.model.hidden = true;
  forgetResults();
  const file = page.bundle.files?.[0];
  if (file === undefined) return showReadiness();
  await whileBusy(`Loading ${file.name} …`, async () => {
    const scorer = page.inWorker.checked ? new WorkerScorer() : new LocalScorer();
    try {
      const card = await scorer.open(file);
      opened = { scorer, card };
      page.model.replaceChildren(...modelView(card));
      page.model.hidden = false;
    } catch (error) {
      scorer.close();
      throw error;
    }
    showReadiness();
  });
}

async function scoreFile(): Promise<void> {
  const file = page.traffic.files?.[0];
  if (opened === null || file === undefined) return showReadiness();
  const { scorer, card } = opened;
  forgetResults();
  await whileBusy(`Reading ${file.name} …`, async () => {
    const began = performance.now();
    const scores = await scorer.score(file, showProgress);
    const seconds = (performance.now() - began) / 1000;
    showResults({ card, scores, fileName: file.name, seconds, inWorker: page.inWorker.checked }, file);
    page.status.textContent = `Scored ${countOf(scores.codes.length - scores.skippedRows, "row")}.`;
  });
}

function showResults(run: Run, file: File): void {
  const save = (): Promise<void> =>
    whileBusy("Writing the predictions …", async () => {
      const { metered } = run.scores;
      const predictions =
        metered === null
          ? await predictionsCsv(file, run.card.classes, run.scores)
          : verdictsCsv(metered.subjects, run.card.classes, run.scores);
      const name = `${file.name.replace(/\.[^.]*$/, "")}.predictions.csv`;
      download(predictions, name);
      page.status.textContent = `Saved as ${name}.`;
    });
  page.results.replaceChildren(...resultsView(run, save));
  page.results.hidden = false;
}

function download(content: Blob, name: string): void {
  const link = element("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  // The browser takes the content after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Runs one piece of work with the inputs locked, and shows how it failed if it did. */
async function whileBusy(status: string, work: () => Promise<void>): Promise<void> {
  const focused = document.activeElement;
  page.error.replaceChildren();
  page.inputs.disabled = true;
  page.status.textContent = status;
  page.progress.removeAttribute("value");
  page.progress.hidden = false;
  try {
    await work();
  } catch (error) {
    page.status.textContent = "That did not work; the reason stands below.";
    showError(error);
  } finally {
    page.progress.hidden = true;
    page.inputs.disabled = false;
    page.score.disabled = !isReady();
    // What is disabled loses the focus, and a keyboard its place.
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
}

function showProgress({ what, done, total }: Progress): void {
  page.status.textContent = `${what} …`;
  page.progress.max = Math.max(total, 1);
  page.progress.value = done;
}

/** Says what is still to be chosen, and allows scoring once nothing is. */
function showReadiness(): void {
  page.score.disabled = !isReady();
  if (opened === null) page.status.textContent = "Choose a model bundle to begin.";
  else if (isReady()) page.status.textContent = "Ready to score.";
  else page.status.textContent = `${kindName(opened.card.kind)} loaded. Choose traffic to score.`;
}

function isReady(): boolean {
  return opened !== null && (page.traffic.files?.length ?? 0) > 0;
}

function forgetResults(): void {
  page.error.replaceChildren();
  page.results.hidden = true;
  page.results.replaceChildren();
}

function showError(error: unknown): void {
  const code = error instanceof MlsecError ? element("code", { class: "code" }, error.code) : "";
  page.error.replaceChildren(element("p", {}, explain(error)), code);
}

/** What went wrong, in words for the person at the screen. */
function explain(error: unknown): string {
  if (error instanceof MlsecError) return error.message;
  if (error instanceof Error && error.name === "NotReadableError")
    return "The browser can no longer read the file: it was changed, moved or removed. Choose it again.";
  return `Something went wrong that this page did not expect: ${error instanceof Error ? error.message : String(error)}`;
}
