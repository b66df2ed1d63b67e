export { type KerasWorker, type ReadKerasInWorkerOptions, readKerasInWorker } from "./in-worker.js";
export { KerasError } from "./keras-error.js";
export { MAX_KERAS_BYTES } from "./limits.js";
export type { KerasHead, KerasNote } from "./network-builder.js";
export { type KerasLayer, type KerasModel, type ReadKerasOptions, readKeras } from "./read-keras.js";
export { serveKeras } from "./serve.js";
export { type KerasExport, type ToKerasOptions, toKeras } from "./to-keras.js";
