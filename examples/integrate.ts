import { join } from "node:path";
import { type Detector, exampleTable, loadBundle, type Verdict } from "@mlsec/bundle";
import { ModelStore, readBundleFile } from "@mlsec/bundle/node";
import type { ModelKind } from "@mlsec/preprocess";
import { modelTypeOption, requireKind } from "./shared/bundles.js";
import { command, run, UsageError } from "./shared/command.js";
import { requireWritable, writeJson } from "./shared/files.js";
import { printTable } from "./shared/terminal.js";

interface Options {
  readonly bundle: string;
  readonly modelsDir: string;
  readonly testLoad?: boolean;
  readonly modelType?: ModelKind;
  readonly json?: string;
}

const program = command(
  "integrate",
  "Installs a bundle into a folder of models under a versioned name and makes it the active one.",
)
  .requiredOption("--bundle <file>", "bundle of either kind")
  .requiredOption("--models-dir <dir>", "folder of the model store; made if it is not there")
  .option("--test-load", "afterwards load the active model from the store, predict example rows and show the verdicts")
  .addOption(modelTypeOption())
  .option("--json <file>", "also write what was done to this file");

await run<Options>(program, async ({ bundle: path, modelsDir, testLoad = false, modelType, json }) => {
  await requireWritable(join(modelsDir, "kind"), json);
  const bytes = await readBundleFile(path);
  const { kind } = await loadBundle(bytes);
  requireKind(path, kind, modelType);
  const store = await ModelStore.open(modelsDir);
  const model = await store.install(bytes, { by: "npm run integrate" });
  // The copy on the disk must load and predict before it becomes active.
  predictExamples(await store.load(model));
  const { previous } = await store.activate(model, { by: "npm run integrate" });
  console.log(`Installed ${kind} ${model.name} in ${modelsDir}; it is active now.`);
  console.log(
    previous === null ? "No other model was active before." : `The model active before, ${previous}, stays installed.`,
  );
  if (testLoad) {
    const active = await store.active(kind);
    if (active?.bundle.digest.slice(0, 12) !== model.digest)
      throw new UsageError("Another program has activated another model meanwhile.");
    const verdicts = predictExamples(active);
    printTable(
      ["verdict on an example row", "probability"],
      verdicts.map(({ class: name, probability }) => [name, probability.toFixed(4)]),
    );
    console.log(`The active model was loaded again from the store and predicted ${verdicts.length} example rows.`);
  }
  if (json !== undefined)
    await writeJson(json, { kind, model: model.name, digest: model.digest, folder: model.folder, previous });
});

/** Verdicts on example rows; none of a model from Python, which keeps nothing of its training rows to draw them from. */
function predictExamples(detector: Detector): Verdict[] {
  if (detector.bundle.pipeline.provenance.fingerprint.columns.length === 0) return [];
  return detector.detect(exampleTable(detector.bundle.pipeline, 5));
}
