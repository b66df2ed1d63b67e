export { OnnxError } from "./onnx-error.js";
export { ONNX_OPSETS, type OnnxSource, type ToOnnxOptions, toOnnx } from "./to-onnx.js";
