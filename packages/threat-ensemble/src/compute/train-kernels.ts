import { TRAIN_KERNEL } from "../kernels/train.js";
import * as batchNorm from "./fallback/batch-norm.js";
import * as elements from "./fallback/elements.js";
import { crossEntropy } from "./fallback/loss.js";
import { lstmBackward, lstmForward } from "./fallback/lstm-cell.js";
import { dropoutMask } from "./fallback/mask.js";
import * as matrix from "./fallback/matrix.js";
import * as optimizers from "./fallback/optimizers.js";
import type { Layout } from "./layout.js";
import { type Bound, bind, type Machine, openMachine } from "./machine.js";

const FALLBACK = {
  ...matrix,
  ...elements,
  ...batchNorm,
  ...optimizers,
  lstmForward,
  lstmBackward,
  crossEntropy,
  dropoutMask,
};

/** What training computes with; the sources in `kernels/` document each function. Addresses are in bytes. */
export type TrainKernels = Bound<typeof FALLBACK>;

/** Memory for a layout and the kernels that work on it. */
export function openTrainKernels(layout: Layout): Machine<TrainKernels> {
  return openMachine<TrainKernels>(TRAIN_KERNEL, layout, (numbers) => bind(FALLBACK, numbers));
}
