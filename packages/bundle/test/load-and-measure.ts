// node --import tsx packages/bundle/test/load-and-measure.ts FILE...: loads each and prints as a line of JSON what became of it,
// by how many bytes the peak of this process's memory has grown since before the first, and how long it took.
import { readFileSync } from "node:fs";
import { loadBundle } from "@mlsec/bundle";
import { BundleError } from "../src/index.js";

/** The code is loaded, and compiled where that is done at the first call. */
const small = readFileSync(new URL("./fixtures/bundle-0.1-attack_classifier.safetensors", import.meta.url));
for (let time = 0; time < 5; time++) await loadBundle(small);

const before = peakBytes();
for (const path of process.argv.slice(2)) {
  const started = performance.now();
  let outcome = "ok";
  try {
    await loadBundle(readFileSync(path));
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    outcome = error.code;
  }
  console.log(JSON.stringify({ outcome, growth: peakBytes() - before, ms: Math.round(performance.now() - started) }));
}

/** Most memory that this process has held. */
function peakBytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
  } catch {
    // Not Linux. What the parent held when it made this process may count here too: then less growth is seen.
    return process.resourceUsage().maxRSS * 1024;
  }
}
