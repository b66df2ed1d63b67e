// The page that grows trees; `globalThis.growth` is what growth.mjs calls.
import * as featureSelect from "@mlsec/feature-select";
import * as preprocess from "@mlsec/preprocess";
import * as numeric from "@mlsec/preprocess/numeric";
import * as trees from "@mlsec/trees";
import { growthData, growthDigests } from "./growth-digests.mjs";

const worker = (file) => () => new Worker(new URL(file, import.meta.url), { type: "module" });

/** What came of a fit with these threads, which end with it: an error's code, or "grown". */
async function outcome(threads, options = {}) {
  const { matrix, labels } = growthData({ preprocess, numeric });
  try {
    await trees.RandomForestClassifier.fit(matrix, labels, { nEstimators: 2000, threads, ...options });
    return "grown";
  } catch (error) {
    return error.code ?? String(error);
  } finally {
    await threads.close();
  }
}

globalThis.growth = {
  /** The digests with so many threads, and what was noticed about them. */
  async digests(count) {
    const notices = [];
    const onNotice = ({ kind }) => notices.push(kind);
    const threads = new trees.ForestThreads(count, { createWorker: worker("./worker.js"), onNotice });
    try {
      const digests = await growthDigests({ preprocess, numeric, trees, featureSelect }, threads);
      return { digests, notices, isolated: crossOriginIsolated };
    } finally {
      await threads.close();
    }
  },

  /** Aborts a forest that two threads grow, once it has begun. */
  async abort() {
    const stop = new AbortController();
    let since = 0;
    const onProgress = () => {
      if (stop.signal.aborted) return;
      since = performance.now();
      stop.abort();
    };
    const threads = new trees.ForestThreads(2, { createWorker: worker("./worker.js") });
    const code = await outcome(threads, { signal: stop.signal, onProgress });
    return { code, milliseconds: performance.now() - since };
  },

  /** Grows with workers whose file is not there. */
  broken: () => outcome(new trees.ForestThreads(2, { createWorker: worker("./none.js") })),
};
