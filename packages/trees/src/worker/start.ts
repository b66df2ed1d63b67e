// The file of the workers that `ForestThreads` starts by itself.
import { serveForests } from "./index.js";

serveForests();
