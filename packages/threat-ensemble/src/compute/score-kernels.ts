import { SCORE_KERNEL } from "../kernels/score.js";
import * as cell from "./fallback/lstm-cell.js";
import * as matrix from "./fallback/matrix.js";
import type { Layout } from "./layout.js";
import { type Bound, bind, type Machine, openMachine } from "./machine.js";

type Functions = Pick<typeof matrix, "multiply" | "packColumns"> & Pick<typeof cell, "lstmScore">;

const FALLBACK: Functions = { multiply: matrix.multiply, packColumns: matrix.packColumns, lstmScore: cell.lstmScore };

/** What scoring computes with; `kernels/score.ts` documents each function. Addresses are in bytes. */
export type ScoreKernels = Bound<Functions>;

/** Memory for a layout and the kernels that work on it. */
export function openScoreKernels(layout: Layout): Machine<ScoreKernels> {
  return openMachine<ScoreKernels>(SCORE_KERNEL, layout, (numbers) => bind(FALLBACK, numbers));
}
