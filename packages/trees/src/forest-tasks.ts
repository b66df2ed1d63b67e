import { Breather } from "@mlsec/preprocess";
import { type DoTask, shared } from "@mlsec/preprocess/workers";
import { ForestGrower, type ForestPlan } from "./forest-grower.js";
import { giniKernel } from "./gini-scanner.js";
import { type RankedColumn, RankedMatrix } from "./ranked-matrix.js";

/** What a worker needs to grow trees of a forest: the ranked columns and the classes in shared memory. */
export interface ForestSetup {
  readonly rows: number;
  readonly features: readonly string[];
  readonly columns: readonly RankedColumn[];
  readonly plan: ForestPlan;
  readonly kernel: WebAssembly.Module | null;
}

/** Puts into shared memory what is not there yet, column by column. */
export async function forestSetup(matrix: RankedMatrix, plan: ForestPlan, breather: Breather): Promise<ForestSetup> {
  const columns: RankedColumn[] = [];
  for (const { ranks, values, hasMissing } of matrix.columns) {
    if (breather.due()) await breather.pause();
    columns.push({ ranks: shared(ranks), values: shared(values), hasMissing });
  }
  return {
    rows: matrix.rows,
    features: matrix.features,
    columns,
    plan: { ...plan, codes: shared(plan.codes) },
    kernel: giniKernel(),
  };
}

/** In a worker: tree `i` is task `i`. */
export function forestTasks({ rows, features, columns, plan, kernel }: ForestSetup): DoTask {
  // Nobody else waits for this thread, and it is ended from outside.
  const restless = new Breather(undefined, Number.POSITIVE_INFINITY);
  const opening = ForestGrower.open(new RankedMatrix(rows, features, columns), plan, restless, kernel);
  return async (task) => {
    const grower = await opening;
    const result = await grower.grow(task);
    return { result, transfer: Object.values(result).map(({ buffer }) => buffer as ArrayBuffer) };
  };
}
