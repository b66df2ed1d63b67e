import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, type Contender, nodeContender, pythonContender, rowOf } from "../measure.ts";
import { labelledFlows, writeLabelled } from "./growth/generate.ts";

/** How rows are handed over: one by one, row-major in one buffer, or column by column. */
type Manner = "row" | "batch" | "columns" | "forest";

const script = (name: string): URL => new URL(`./scoring/contenders/${name}`, import.meta.url);

/** Rows per second of a model that learnt from the same rows. Each contender says how long a million rows would take. */
function scoringCase(name: string, manner: Manner, model: string, fullRows: number, features: number): BenchCase {
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const rows = full ? fullRows : 5_000;
      const path = join(folder, `${name}.f64`);
      say(`writing ${rows} × ${features} numbers`);
      await writeLabelled(path, labelledFlows(rows, features, 42));
      const args = [path, String(features), manner];
      const contenders: (Contender | null)[] = [
        nodeContender("mlsec", script("mlsec.mjs"), ...args),
        pythonContender("scikit-learn", script("peer.py"), ...args),
        manner === "forest" ? null : nodeContender("ml-cart", script("ml-cart.mjs"), ...args),
      ];
      try {
        const medians = await alternate(
          contenders.filter((contender) => contender !== null),
          full ? 5 : 1,
        );
        const size = `${model}, ${rows} × ${features}, 14 classes`;
        return [rowOf(name, size, "rows/s", medians, ({ seconds }) => 1e6 / seconds)];
      } finally {
        rmSync(path);
      }
    },
  };
}

/** Scoring: a tree of depth 10 in all ways of handing rows over, and a forest of 100 full trees. */
export const scoringCases: readonly BenchCase[] = [
  scoringCase("score-tree-batch", "batch", "depth 10, row-major", 100_000, 78),
  scoringCase("score-tree-columns", "columns", "depth 10, columns", 100_000, 78),
  scoringCase("score-tree-row", "row", "depth 10, row by row", 100_000, 78),
  scoringCase("score-forest", "forest", "100 full trees", 25_000, 41),
];
