// mlsec.mjs JOB FOLDER [THREADS]
import { Network, networkEngine } from "@mlsec/threat-ensemble";
import { workerEngine } from "@mlsec/threat-ensemble/worker";
import { readJob, timeBatch, timeEpoch, timeRows, timeSecondEpoch } from "./job.mjs";

const job = readJob();
const network = new Network(job.spec, job.weights);
const options = { batchSize: job.batchSize, learningRate: 1e-3, seed: 1 };
const JOBS = {
  epoch: () =>
    job.threads === 1
      ? timeEpoch(job, 1, (inputs, targets) =>
          networkEngine().train(job.spec, { inputs, targets }, { ...options, epochs: 1 }),
        )
      : timeSecondEpoch(
          ({ inputs, targets }, onEpoch) =>
            workerEngine({ threads: 2 }).train(job.spec, { inputs, targets }, { ...options, epochs: 2, onEpoch }),
          job,
        ),
  batch: () => timeBatch(job, (inputs) => network.logits(inputs)),
  row: () => timeRows(job, (values) => network.logitRow(values), true),
};
await JOBS[job.job]();
