// The file of the workers that `readKerasInWorker` starts by itself.
import { serveKeras } from "./serve.js";

serveKeras();
