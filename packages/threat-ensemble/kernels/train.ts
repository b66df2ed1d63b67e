// What training a network needs.

export { multiply, multiplyPacked, packColumns, packRows, transpose } from "./shared/matrix";
export { batchNormBackward, batchNormForward } from "./train/batch-norm";
export { addElements, columnSums, multiplyElements, reluBackward } from "./train/elements";
export { crossEntropy } from "./train/loss";
export { lstmBackward, lstmForward } from "./train/lstm-cell";
export { dropoutMask } from "./train/mask";
export { adam, sgd } from "./train/optimizers";
