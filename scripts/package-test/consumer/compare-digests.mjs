// Compares trained networks with the published digests: `compare-digests.mjs DIGESTS wasm|fallback|worker|pair`.
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import * as preprocess from "@mlsec/preprocess";
import * as numeric from "@mlsec/preprocess/numeric";
import * as threatEnsemble from "@mlsec/threat-ensemble";
import { workerEngine } from "@mlsec/threat-ensemble/worker";
import { requireSameDigests, trainingDigests } from "./training-digests.mjs";

const [path, how] = process.argv.slice(2);
if (how === "fallback") delete globalThis.WebAssembly;
const ENGINES = {
  worker: () => workerEngine({ createWorker: () => new Worker(new URL("./trainer.mjs", import.meta.url)) }),
  pair: () => workerEngine({ threads: 2 }),
};
const engine = (ENGINES[how] ?? threatEnsemble.networkEngine)();
const digests = await trainingDigests({ preprocess, numeric, threatEnsemble }, engine);
requireSameDigests(digests, JSON.parse(readFileSync(path, "utf8")));
