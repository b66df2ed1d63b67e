// onnx.mjs JOB FOLDER [THREADS]: reads FOLDER/network.onnx, which onnx_model.py writes.
import { createRequire } from "node:module";
import { join } from "node:path";
import { readJob, timeBatch, timeRows } from "./job.mjs";

// It is installed apart from the workspace: bench/README.md says how.
const ort = createRequire(new URL("../../.peers/", import.meta.url))("onnxruntime-node");
const job = readJob();
const { spec, folder, threads } = job;
const session = await ort.InferenceSession.create(join(folder, "network.onnx"), {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
});

async function score(inputs) {
  const rows = inputs.length / (spec.steps * spec.width);
  const { logits } = await session.run({ inputs: new ort.Tensor("float32", inputs, [rows, spec.steps, spec.width]) });
  return logits.data;
}

const JOBS = {
  batch: () => timeBatch(job, score),
  row: () => timeRows(job, async (values) => (await score(values))[0], false),
};
await JOBS[job.job]();
