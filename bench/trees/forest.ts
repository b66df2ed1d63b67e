import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, nodeContender, pythonContender, rowsOf } from "../measure.ts";
import { labelledFlows, writeLabelled } from "./growth/generate.ts";

const FEATURES = 41;

/** A forest of 100 full trees, on as many threads as scikit-learn's. */
function forestCase(threads: number): BenchCase {
  const name = `forest-25k-${threads}t`;
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const rows = full ? 25_000 : 3000;
      const path = join(folder, `${name}.f64`);
      say(`writing ${rows} × ${FEATURES} numbers`);
      await writeLabelled(path, labelledFlows(rows, FEATURES, 42));
      const args = [path, String(FEATURES), String(threads)];
      const ours = nodeContender("mlsec", new URL("./forest/mlsec.mjs", import.meta.url), ...args);
      const python = pythonContender("scikit-learn", new URL("./forest/peer.py", import.meta.url), ...args);
      try {
        return rowsOf(
          name,
          `${rows} × ${FEATURES}, 14 classes, 100 full trees, ${threads} ${threads === 1 ? "thread" : "threads"}`,
          await alternate(python === null ? [ours] : [ours, python], full ? 5 : 1),
        );
      } finally {
        rmSync(path);
      }
    },
  };
}

/** Growing forests. */
export const forestCases: readonly BenchCase[] = [forestCase(1), forestCase(2)];
