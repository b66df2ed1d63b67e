import { TRAIN_KERNEL } from "../kernels/train.js";
import * as batchNorm from "./fallback/batch-norm.js";
import * as elements from "./fallback/elements.js";
import * as loss from "./fallback/loss.js";
import * as cell from "./fallback/lstm-cell.js";
import * as mask from "./fallback/mask.js";
import * as matrix from "./fallback/matrix.js";
import * as optimizers from "./fallback/optimizers.js";
import type { Layout } from "./layout.js";
import { type Bound, bind, type Machine, openMachine } from "./machine.js";

type Functions = typeof matrix &
  typeof elements &
  typeof batchNorm &
  typeof optimizers &
  Pick<typeof cell, "lstmForward" | "lstmBackward"> &
  Pick<typeof loss, "crossEntropy"> &
  Pick<typeof mask, "dropoutMask">;

const FALLBACK: Functions = {
  ...matrix,
  ...elements,
  ...batchNorm,
  ...optimizers,
  lstmForward: cell.lstmForward,
  lstmBackward: cell.lstmBackward,
  crossEntropy: loss.crossEntropy,
  dropoutMask: mask.dropoutMask,
};

/** What training computes with; the sources in `kernels/` document each function. Addresses are in bytes. */
export type TrainKernels = Bound<Functions>;

/** Memory for a layout and the kernels that work on it. */
export function openTrainKernels(layout: Layout): Machine<TrainKernels> {
  return openMachine<TrainKernels>(TRAIN_KERNEL, layout, (numbers) => bind(FALLBACK, numbers));
}
