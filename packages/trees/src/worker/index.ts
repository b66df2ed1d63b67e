import { serveTasks } from "@mlsec/preprocess/workers";
import { forestTasks } from "../forest-tasks.js";

/**
 * Makes the worker in which it is called grow trees for a `ForestThreads`. Call it once, from a file of your own, which
 * your bundler makes a worker of:
 *
 *     import { serveForests } from "@mlsec/trees/worker";
 *     serveForests();
 *
 * Does nothing on a main thread.
 */
export function serveForests(): void {
  serveTasks(forestTasks);
}
