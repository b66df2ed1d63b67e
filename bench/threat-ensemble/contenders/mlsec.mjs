// mlsec.mjs JOB FOLDER
import { Network, networkEngine } from "@mlsec/threat-ensemble";
import { readJob, timeBatch, timeEpoch, timeRows } from "./job.mjs";

const job = readJob();
const network = new Network(job.spec, job.weights);
const JOBS = {
  epoch: () =>
    timeEpoch(job, 1, (inputs, targets) =>
      networkEngine().train(
        job.spec,
        { inputs, targets },
        { epochs: 1, batchSize: job.batchSize, learningRate: 1e-3, seed: 1 },
      ),
    ),
  batch: () => timeBatch(job, (inputs) => network.logits(inputs)),
  row: () => timeRows(job, (values) => network.logits(values)[0], true),
};
await JOBS[job.job]();
