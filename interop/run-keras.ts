// The mlsec side of test_keras.py: reads networks of Keras and bundles with them, and scores rows.
import { readFileSync } from "node:fs";
import { detectorOf, loadBundle } from "../packages/bundle/src/index.js";
import { type ImportJoblibOptions, importJoblib } from "../packages/bundle/src/joblib/index.js";
import { KerasError, readKeras } from "../packages/bundle/src/keras/index.js";
import { tableOf } from "../packages/bundle/test/joblib/ask.js";
import type { Cell } from "../packages/preprocess/src/index.js";

interface NetworkQuestion {
  readonly file: string;
  readonly config: string | null;
  readonly inputs: readonly number[];
}

interface BundleQuestion {
  readonly file: string;
  readonly table: Readonly<Record<string, readonly Cell[]>>;
  readonly options: ImportJoblibOptions;
}

interface Request {
  readonly networks: readonly NetworkQuestion[];
  readonly bundles: readonly BundleQuestion[];
}

const { networks, bundles } = JSON.parse(readFileSync(0, "utf8")) as Request;
const answers: Record<keyof Request, unknown[]> = { networks: [], bundles: [] };
for (const question of networks) answers.networks.push(await answered(() => scores(question)));
for (const question of bundles) answers.bundles.push(await answered(() => verdicts(question)));
console.log(JSON.stringify(answers));

async function scores({ file, config, inputs }: NetworkQuestion): Promise<object> {
  const { network } = await readKeras(bytesOf(file), { config });
  return { scores: [...network.score(Float32Array.from(inputs))] };
}

async function verdicts({ file, table, options }: BundleQuestion): Promise<object> {
  const { bundle, notes } = await importJoblib(bytesOf(file), { ...options, keras: readKeras });
  if (bundle === null) return { problem: JSON.stringify(notes) };
  const detector = detectorOf(await loadBundle(bundle));
  return { scores: [...detector.detectColumns(tableOf(table)).probabilities], notes };
}

async function answered(ask: () => Promise<object>): Promise<object> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof KerasError)) throw error;
    return { problem: error.message, code: error.code, layer: error.details["layer"], option: error.details["option"] };
  }
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
