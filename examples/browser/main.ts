import { MlsecError, type ModelKind, type Progress } from "@mlsec/preprocess";
import { byId, element } from "./dom.js";
import { countOf, kindName } from "./format.js";
import type { JudgeOptions } from "./judge-file.js";
import type { ModelCard } from "./model-card.js";
import { modelView } from "./model-view.js";
import { type Run, resultsView } from "./results-view.js";
import { LocalScorer, type Scorer } from "./scorer.js";
import { WorkerScorer, WorkerStopped } from "./worker-scorer.js";

const page = {
  form: byId("form", HTMLFormElement),
  inputs: byId("inputs", HTMLFieldSetElement),
  bundle: byId("bundle", HTMLInputElement),
  traffic: byId("traffic", HTMLInputElement),
  inWorker: byId("in-worker", HTMLInputElement),
  score: byId("score", HTMLButtonElement),
  status: byId("status", HTMLElement),
  progress: byId("progress", HTMLProgressElement),
  cancel: byId("cancel", HTMLButtonElement),
  error: byId("error", HTMLElement),
  models: byId("models", HTMLElement),
  results: byId("results", HTMLElement),
};

interface LoadedModel {
  readonly file: File;
  readonly card: ModelCard;
}

/** The order of the stages. */
const KINDS: readonly ModelKind[] = ["threat_detector", "attack_classifier"];

/** What holds the loaded models. */
let scorer = newScorer();
const models = new Map<ModelKind, LoadedModel>();

page.bundle.addEventListener("change", () => openBundles([...(page.bundle.files ?? [])]));
page.inWorker.addEventListener("change", moveModels);
page.traffic.addEventListener("change", () => {
  forgetResults();
  showReadiness();
});
page.form.addEventListener("submit", (event) => {
  event.preventDefault();
  scoreFile();
});

function newScorer(): Scorer {
  return page.inWorker.checked ? new WorkerScorer() : new LocalScorer();
}

/** Loads the chosen bundles, each in the place of a model of its kind. */
async function openBundles(files: readonly File[]): Promise<void> {
  forgetResults();
  if (files.length === 0) return showReadiness();
  await whileBusy(`Loading ${files.map(({ name }) => name).join(" and ")} …`, async () => {
    const kinds = new Map<ModelKind, File>();
    for (const file of files) {
      const card = await scorer.open(file);
      const twin = kinds.get(card.kind);
      kinds.set(card.kind, file);
      models.set(card.kind, { file, card });
      showModels();
      if (twin === undefined) continue;
      throw new MlsecError(
        "kind-mismatch",
        `${twin.name} and ${file.name} are both models of the kind ${card.kind}: the second one took the place of the first. Two stages are a threat detector and an attack classifier.`,
      );
    }
    showReadiness();
  });
}

/** Moves the models to the page or to a worker, as the switch says. */
async function moveModels(): Promise<void> {
  scorer.close();
  scorer = newScorer();
  forgetResults();
  const files = [...models.values()].map(({ file }) => file);
  models.clear();
  showModels();
  await openBundles(files);
}

/** Where a worker broke, its models are lost, and are to be chosen again. */
function beginAnew(): void {
  scorer.close();
  scorer = newScorer();
  models.clear();
  page.bundle.value = "";
  showModels();
}

async function removeModel(kind: ModelKind): Promise<void> {
  forgetResults();
  await whileBusy(`Removing the ${kindName(kind).toLowerCase()} …`, async () => {
    await scorer.remove(kind);
    models.delete(kind);
    // Its name would stand there, and choosing it again would change nothing.
    page.bundle.value = "";
    showModels();
    showReadiness();
  });
  page.bundle.focus();
}

async function scoreFile(): Promise<void> {
  const file = page.traffic.files?.[0];
  if (!isReady() || file === undefined) return showReadiness();
  forgetResults();
  await whileBusy(
    `Reading ${file.name} …`,
    async (options) => {
      const began = performance.now();
      const scores = await scorer.score(file, options);
      const seconds = (performance.now() - began) / 1000;
      const stages = loaded().map(({ card }) => card);
      showResults({ stages, scores, fileName: file.name, seconds, inWorker: page.inWorker.checked });
      const judged = scores.rows - (scores.refused?.rows ?? 0);
      page.status.textContent = `Scored ${countOf(judged, scores.unit.slice(0, -1))}.`;
    },
    "can be cancelled",
  );
}

function showResults(run: Run): void {
  const save = (): Promise<void> =>
    whileBusy(
      "Writing the predictions …",
      async (options) => {
        const name = `${run.fileName.replace(/\.[^.]*$/, "")}.predictions.csv`;
        download(await scorer.save(options), name);
        page.status.textContent = `Saved as ${name}.`;
      },
      "can be cancelled",
    );
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
async function whileBusy(
  status: string,
  work: (options: JudgeOptions) => Promise<void>,
  cancelling?: "can be cancelled",
): Promise<void> {
  const focused = document.activeElement;
  const stop = new AbortController();
  const cancel = (): void => {
    page.status.textContent = "Cancelling …";
    stop.abort();
  };
  page.error.replaceChildren();
  page.inputs.disabled = true;
  page.models.inert = true;
  page.status.textContent = status;
  page.progress.removeAttribute("value");
  page.progress.hidden = false;
  page.cancel.hidden = cancelling === undefined;
  page.cancel.addEventListener("click", cancel);
  try {
    await work({ signal: stop.signal, onProgress: (progress) => stop.signal.aborted || showProgress(progress) });
  } catch (error) {
    if (stop.signal.aborted) page.status.textContent = "Cancelled.";
    else {
      page.status.textContent = "That did not work; the reason stands below.";
      showError(error);
      if (error instanceof WorkerStopped) beginAnew();
    }
  } finally {
    page.progress.hidden = true;
    page.cancel.hidden = true;
    page.cancel.removeEventListener("click", cancel);
    page.inputs.disabled = false;
    page.models.inert = false;
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

/** The loaded models, in the order of the stages. */
function loaded(): LoadedModel[] {
  return KINDS.flatMap((kind) => models.get(kind) ?? []);
}

function showModels(): void {
  const cards = loaded().map(({ card }) => card);
  page.models.replaceChildren(
    ...cards.map((card, at) => modelView(card, cards.length === 1 ? null : at, () => removeModel(card.kind))),
  );
}

/** Says what is still to be chosen, and allows scoring once nothing is. */
function showReadiness(): void {
  page.score.disabled = !isReady();
  const [first, second] = loaded();
  if (first === undefined) page.status.textContent = "Choose a model bundle to begin.";
  else if (isReady())
    page.status.textContent = second === undefined ? "Ready to score." : "Ready to score in two stages.";
  else if (second === undefined)
    page.status.textContent = `${kindName(first.card.kind)} loaded. Choose traffic to score.`;
  else page.status.textContent = "Two stages loaded. Choose traffic to score.";
}

function isReady(): boolean {
  return models.size > 0 && (page.traffic.files?.length ?? 0) > 0;
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
