export { type TrainingWorker, type WorkerEngineOptions, workerEngine } from "./engine.js";
export { serveTraining } from "./serve.js";
