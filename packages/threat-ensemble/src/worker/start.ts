// The file of the workers that `workerEngine` starts by itself.
import { serveTraining } from "./serve.js";

serveTraining();
