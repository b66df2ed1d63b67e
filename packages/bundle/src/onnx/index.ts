export type { DatedModel, ModelSource } from "../model-source.js";
export { OnnxError } from "./onnx-error.js";
export { ONNX_OPSETS, type ToOnnxOptions, toOnnx } from "./to-onnx.js";
