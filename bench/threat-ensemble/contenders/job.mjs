import { readFileSync } from "node:fs";
import { join } from "node:path";
import { report } from "../../preprocess/csv/contenders/report.mjs";

/** Rows that warm a contender up before a batch is timed; before an epoch, this many batches and the last, shorter one. */
const WARM_ROWS = 1024;
const WARM_BATCHES = 4;
const WARM_CALLS = 2000;
const TIMED_CALLS = 5000;

/** What all contenders are told: JOB FOLDER [THREADS]. */
export function readJob() {
  const [job, folder, threads = "1"] = process.argv.slice(2);
  const floats = (name) => {
    const bytes = readFileSync(join(folder, name));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  };
  const { spec, batchSize, weights } = JSON.parse(readFileSync(join(folder, "network.json"), "utf8"));
  return {
    job,
    folder,
    threads: Number(threads),
    spec,
    batchSize,
    weights: weights.map((layer) =>
      Object.fromEntries(Object.entries(layer).map(([name, values]) => [name, Float32Array.from(values)])),
    ),
    inputs: floats("inputs.f32"),
    targets: floats("targets.f32"),
  };
}

/**
 * Times one epoch after a short one, on one of `share` rows, and multiplies by that. `train(inputs, targets)` trains for
 * an epoch.
 */
export async function timeEpoch({ inputs, targets, spec, batchSize }, share, train) {
  const part = (rows) => [inputs.slice(0, rows * spec.steps * spec.width), targets.slice(0, rows)];
  await train(...part(WARM_BATCHES * batchSize + (targets.length % batchSize)));
  const started = performance.now();
  await train(...part(targets.length / share));
  report(started, { seconds: ((performance.now() - started) * share) / 1000 });
}

/**
 * Times the second of two epochs, where what trains starts with each training and is warm only after the first: workers.
 * `train(job, onEpoch)` trains for two epochs.
 */
export async function timeSecondEpoch(train, job) {
  const told = [];
  await train(job, () => {
    told.push(performance.now());
    return false;
  });
  report(told[0], { seconds: (told[1] - told[0]) / 1000 });
}

/** Times one batch of all rows after a small one. `score(inputs)` gives the logits. */
export async function timeBatch({ inputs, spec }, score) {
  await score(inputs.slice(0, WARM_ROWS * spec.steps * spec.width));
  const started = performance.now();
  const logits = await score(inputs);
  report(started, { answer: mean(logits) });
}

/** The median of single rows. `score(values)` gives the logit; where it is `synchronous`, nothing is awaited. */
export async function timeRows({ inputs, spec }, score, synchronous) {
  const length = spec.steps * spec.width;
  const row = (index) => inputs.subarray((index % 1000) * length, ((index % 1000) + 1) * length);
  const times = new Float64Array(TIMED_CALLS);
  const logits = new Float64Array(1000);
  for (let i = 0; i < WARM_CALLS + TIMED_CALLS; i++) {
    const values = row(i);
    const started = performance.now();
    const logit = synchronous ? score(values) : await score(values);
    if (i >= WARM_CALLS) times[i - WARM_CALLS] = performance.now() - started;
    logits[i % 1000] = logit;
  }
  times.sort();
  report(performance.now(), { seconds: times[TIMED_CALLS / 2] / 1000, answer: mean(logits) });
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
