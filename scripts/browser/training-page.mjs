// The page that trains; `globalThis.training` is what training.mjs calls.
import * as preprocess from "@mlsec/preprocess";
import * as numeric from "@mlsec/preprocess/numeric";
import * as threatEnsemble from "@mlsec/threat-ensemble";
import { workerEngine } from "@mlsec/threat-ensemble/worker";
import { requireSameDigests, trainingDigests } from "../package-test/consumer/training-digests.mjs";

/** The smallest module: its magic number and its version. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const ROWS = 500;

let workers = 0;

function createWorker() {
  workers++;
  return new Worker(new URL("./trainer.js", import.meta.url), { type: "module" });
}

const ENGINES = {
  page: threatEnsemble.networkEngine,
  workers: () => workerEngine({ createWorker }),
  pairs: () =>
    workerEngine({
      createWorker,
      threads: 2,
      onNotice: ({ message }) => {
        throw new Error(message);
      },
    }),
};

globalThis.training = {
  compiles() {
    try {
      return new WebAssembly.Module(EMPTY_MODULE) instanceof WebAssembly.Module;
    } catch {
      return false;
    }
  },

  async compare(where, expected) {
    const engine = ENGINES[where]();
    requireSameDigests(await trainingDigests({ preprocess, numeric, threatEnsemble }, engine), expected);
  },

  /** Trains without end until four epochs were told, and aborts then. */
  async abort() {
    const random = numeric.Random.seeded(1);
    const column = () => Float64Array.from({ length: ROWS }, () => random.normal());
    const matrix = preprocess.featureMatrix(["a", "b"], [column(), column()]);
    const names = Array.from(matrix.columns[0], (value) => (value > 0 ? "Attack" : "Normal"));
    const labels = preprocess.encodeLabels(names, ["Normal", "Attack"]);
    const stop = new AbortController();
    let epochs = 0;
    let since = 0;
    workers = 0;
    const training = threatEnsemble.ThreatEnsemble.fit(matrix, labels, {
      engine: ENGINES.pairs(),
      validation: { matrix, labels },
      epochs: 1_000_000,
      patience: 1_000_000,
      signal: stop.signal,
      onEpoch: () => {
        if (++epochs !== 4) return;
        since = performance.now();
        stop.abort();
      },
    });
    const code = await training.then(
      () => "trained",
      (error) => error.code ?? String(error),
    );
    return { epochs, workers, code, milliseconds: performance.now() - since };
  },
};
