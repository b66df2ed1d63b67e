export { type TrainingWorker, type WorkerEngineOptions, type WorkerNotice, workerEngine } from "./engine.js";
export { serveTraining } from "./serve.js";
