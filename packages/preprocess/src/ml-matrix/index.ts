export {
  fromMlMatrix,
  type MlMatrixConstructor,
  type ReadableMatrix,
  toMlMatrix,
  type WritableMatrix,
} from "./convert.js";
