import { type Bundle, BundleError, detectorOf, exampleTable, explain, loadBundle, saveBundle } from "@mlsec/bundle";
import { type InputRecord, isNumericArray, MlsecError, type State, type Table } from "@mlsec/preprocess";
import type { FittedTree } from "@mlsec/trees/score";

/** Rows drawn from the model's own sketch of its training rows. */
const EXAMPLES = 4;

/** What became of a file. */
export interface Outcome {
  /** The code of the BundleError that refused it; "ok" for a model that judges rows, "ok, judges no row" for one that refuses them. */
  readonly code: string;
  /** The error's message without names and numbers: which check it was. */
  readonly check: string | null;
}

/**
 * Loads a file, and checks whatever loads for all that a model must be.
 *
 * @throws Error for what neither is refused by a BundleError nor is a model, and for a refusal by accident: a TypeError, say,
 *   that a reader of the manifest ran into.
 */
export async function outcomeOf(bytes: Uint8Array, rows: Table): Promise<Outcome> {
  let bundle: Bundle;
  try {
    bundle = await loadBundle(bytes);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    requireIntended(error);
    return { code: error.code, check: withoutValues(error.message) };
  }
  checkStructure(bundle);
  await checkSaving(bundle);
  const judged = [judge(bundle, () => rows), judge(bundle, (pipeline) => exampleTable(pipeline, EXAMPLES))];
  return { code: judged.includes(true) ? "ok" : "ok, judges no row", check: null };
}

/** Which check a message is of: its text without names, numbers and what was found. */
function withoutValues(message: string): string {
  return message
    .replace(/, but is .*/s, "")
    .replaceAll(/tensor \S.*?, which/gs, "tensor …, which")
    .replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.e+-]*/g, "…");
}

/** Refused because a check said so, rather than because something else broke. */
function requireIntended(error: Error): void {
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    const isDecoder = "code" in cause && cause.code === "ERR_ENCODING_INVALID_ENCODED_DATA";
    const isParser = cause instanceof SyntaxError;
    if (cause instanceof MlsecError || cause.constructor.name === "NotStrictJson" || isDecoder || isParser) continue;
    throw new Error(`${error.message} by accident`, { cause });
  }
}

/** Whether the rows are judged: each as one of the classes with a probability from 0 to 1, one by one and together. */
function judge(bundle: Bundle, rowsOf: (pipeline: Bundle["pipeline"]) => Table): boolean {
  const detector = detectorOf(bundle);
  try {
    const rows = rowsOf(bundle.pipeline);
    const verdicts = detector.detect(rows);
    const { codes, probabilities } = detector.detectColumns(rows);
    for (const [row, verdict] of verdicts.entries()) {
      const { class: name, probability, confidence } = verdict;
      const isShare = (value: number): boolean => value >= 0 && value <= 1;
      if (!detector.classes.includes(name) || !isShare(probability) || (confidence !== null && !isShare(confidence)))
        throw new Error(`The verdict on a row is ${JSON.stringify(verdict)}.`);
      if (detector.classes[codes[row]!] !== name || !Object.is(probabilities[row], probability))
        throw new Error(
          `Row ${row}: ${name} with ${probability} alone, ${codes[row]} with ${probabilities[row]} in columns.`,
        );
    }
    checkExplanation(bundle, Object.fromEntries(rows.names.map((name) => [name, rows.cell(name, 0)])));
    return true;
  } catch (error) {
    if (error instanceof MlsecError) return false;
    throw error;
  }
}

/** Why a row is judged as it is, in finite numbers; a model without a typical connection to compare with does not say. */
function checkExplanation(bundle: Bundle, record: InputRecord): void {
  const detector = detectorOf(bundle);
  if (bundle.pipeline.baseline === null && bundle.kind === "threat_detector") return;
  JSON.stringify(explain(detector, record), (key, value) => {
    const isBound = key === "above" || key === "upTo";
    if (typeof value === "number" && !Number.isFinite(value) && !isBound) throw new Error(`${key} is ${value}.`);
    return value as unknown;
  });
}

/** Saved and loaded, the model is saved as the same bytes again. */
async function checkSaving({ pipeline, createdAt }: Bundle): Promise<void> {
  const options = createdAt === null ? {} : { createdAt };
  const saved = await saveBundle(pipeline, options);
  const again = await saveBundle((await loadBundle(saved)).pipeline, options);
  if (Buffer.compare(saved, again) !== 0) throw new Error("Saved, loaded and saved again, the model has other bytes.");
}

function checkStructure({ pipeline }: Bundle): void {
  const { preprocessor, model, classes } = pipeline;
  if (model.features.join("\n") !== preprocessor.features.join("\n")) throw new Error("The model has other features.");
  if (new Set(classes).size !== classes.length) throw new Error("A class occurs twice.");
  checkNumbers(model.toState(), "model");
  checkNumbers(preprocessor.toState(), "preprocessor");
  if (pipeline.kind === "attack_classifier") checkTree(pipeline.model.tree);
}

/** No number of a model is infinite or no number. */
function checkNumbers(state: State, path: string): void {
  if (isNumericArray(state)) {
    for (let i = 0; i < state.length; i++)
      if (!Number.isFinite(state[i])) throw new Error(`${path}[${i}] is ${state[i]}.`);
  } else if (typeof state === "number") {
    if (!Number.isFinite(state)) throw new Error(`${path} is ${state}.`);
  } else if (state !== null && typeof state === "object") {
    for (const [key, value] of Object.entries(state as Record<string, State>)) checkNumbers(value, `${path}.${key}`);
  }
}

/** Walked from the root, a tree has every node once, and features and shares that exist. */
function checkTree({ nodes, features, classes, featureImportances }: FittedTree): void {
  if (!featureImportances.every(Number.isFinite)) throw new Error("An importance is not finite.");
  const seen = new Set<number>();
  const waiting = [0];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) throw new Error(`Two ways lead to node ${node}.`);
    seen.add(node);
    if (nodes.left[node] === -1) continue;
    if (!(nodes.feature[node]! >= 0 && nodes.feature[node]! < features.length))
      throw new Error(`Node ${node} asks about feature ${nodes.feature[node]}.`);
    waiting.push(nodes.left[node]!, nodes.right[node]!);
  }
  if (seen.size !== nodes.left.length) throw new Error(`${seen.size} of ${nodes.left.length} nodes can be reached.`);
  if (nodes.value.length !== seen.size * classes.length) throw new Error("There are not as many shares as classes.");
  if (nodes.value.some((share) => !(share >= 0 && share <= 1))) throw new Error("A share is not from 0 to 1.");
}
