export { type PoolJob, WorkerPool } from "./pool.js";
export { type DoTask, serveTasks } from "./serve.js";
export { together } from "./together.js";
export { type NodeWorkerThreads, nodeWorkerThreads, shared, type WorkerLike, whyNoThreads } from "./worker-like.js";
