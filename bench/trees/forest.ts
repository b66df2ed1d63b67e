import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, type Contender, nodeContender, pythonContender, rowsOf } from "../measure.ts";
import { labelledFlows, writeLabelled } from "./growth/generate.ts";

const FEATURES = 41;

interface ForestWork {
  readonly name: string;
  readonly rows: number;
  /** What is grown, in words. */
  readonly forest: string;
  /** Ours first. */
  readonly contenders: readonly [who: string, script: string, ...args: string[]][];
  readonly rounds: number;
}

function forestCase(name: string, workOf: (full: boolean) => Omit<ForestWork, "name">): BenchCase {
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const { rows, forest, contenders, rounds } = workOf(full);
      const path = join(folder, `${name}.f64`);
      say(`writing ${rows} × ${FEATURES} numbers`);
      await writeLabelled(path, labelledFlows(rows, FEATURES, 42));
      const made = contenders.map(([who, script, ...args]): Contender | null => {
        const make = script.endsWith(".py") ? pythonContender : nodeContender;
        return make(who, new URL(`./forest/${script}`, import.meta.url), path, String(FEATURES), ...args);
      });
      try {
        const there = made.filter((contender) => contender !== null);
        return rowsOf(name, `${rows} × ${FEATURES}, 14 classes, ${forest}`, await alternate(there, rounds));
      } finally {
        rmSync(path);
      }
    },
  };
}

/** Full trees, on as many threads as scikit-learn's. */
function besideScikitLearn(threads: number): BenchCase {
  return forestCase(`forest-25k-${threads}t`, (full) => ({
    rows: full ? 25_000 : 3000,
    forest: `100 full trees, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    contenders: [
      ["mlsec", "mlsec.mjs", String(threads)],
      ["scikit-learn", "peer.py", String(threads)],
    ],
    rounds: full ? 5 : 1,
  }));
}

/** Growing forests: beside scikit-learn, and beside what else npm has, on what these can take. */
export const forestCases: readonly BenchCase[] = [
  besideScikitLearn(1),
  besideScikitLearn(2),
  forestCase("forest-ml", (full) => ({
    rows: full ? 1000 : 300,
    forest: "10 full trees, one thread",
    contenders: [
      ["mlsec", "mlsec.mjs", "1", "10"],
      ["ml-random-forest", "ml-random-forest.mjs", "1", "10"],
    ],
    rounds: full ? 3 : 1,
  })),
  forestCase("forest-ydf", (full) => ({
    // It refuses classes of fewer than 5 rows.
    rows: full ? 25_000 : 10_000,
    forest: "from CSV, 300 trees of depth 16, one thread",
    contenders: [
      ["mlsec", "mlsec-csv.mjs"],
      ["ydf-training", "ydf.mjs"],
    ],
    rounds: full ? 3 : 1,
  })),
];
