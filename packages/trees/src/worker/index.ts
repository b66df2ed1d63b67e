// The worker's entry: started by `ForestThreads`, or by a `createWorker` of one's own. Does nothing on a main thread.
import { serveTasks } from "@mlsec/preprocess/workers";
import { forestTasks } from "../forest-tasks.js";

serveTasks(forestTasks);
