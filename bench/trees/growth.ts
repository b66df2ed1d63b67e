import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, nodeContender, pythonContender, rowsOf } from "../measure.ts";
import { labelledFlows, writeLabelled } from "./growth/generate.ts";

const FEATURES = 78;
const FEW_ROWS = 20_000;

const script = (name: string): URL => new URL(`./growth/contenders/${name}`, import.meta.url);

/** One tree of depth 10 on so many rows of 78 features and 14 classes. */
function growthCase(name: string, fullRows: number, splitter: "exact" | "histogram", rounds: number): BenchCase {
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const rows = full ? fullRows : FEW_ROWS;
      const path = join(folder, `${name}.f64`);
      say(`writing ${rows} × ${FEATURES} numbers`);
      await writeLabelled(path, labelledFlows(rows, FEATURES, 42));
      const ours = nodeContender("mlsec", script("mlsec.mjs"), path, String(FEATURES), splitter);
      const python = pythonContender("scikit-learn", script("peer.py"), path, String(FEATURES));
      try {
        return rowsOf(
          name,
          `${rows} × ${FEATURES}, 14 classes, depth 10`,
          await alternate(python === null ? [ours] : [ours, python], full ? rounds : 1),
        );
      } finally {
        rmSync(path);
      }
    },
  };
}

/** Growing one tree: exactly, and by histograms. */
export const growthCases: readonly BenchCase[] = [
  growthCase("tree-hist-1m", 1_000_000, "histogram", 3),
  growthCase("tree-hist-2800k", 2_800_000, "histogram", 1),
];
