import { rmSync } from "node:fs";
import { join } from "node:path";
import { featureMatrix } from "@mlsec/preprocess";
import { DecisionTreeClassifier } from "@mlsec/trees";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, type Contender, nodeContender, pythonContender, rounded, rowOf, rowsOf } from "../measure.ts";
import { labelledFlows, writeLabelled } from "./growth/generate.ts";

const FEATURES = 78;
const FEW_ROWS = 20_000;

type Splitter = "exact" | "histogram";

const script = (name: string): URL => new URL(`./growth/contenders/${name}`, import.meta.url);

function ourTree(path: string, splitter: Splitter): Contender {
  return nodeContender("mlsec", script("mlsec.mjs"), path, String(FEATURES), splitter);
}

/** One tree of depth 10 on so many rows of 78 features and 14 classes. */
function growthCase(name: string, fullRows: number, splitter: Splitter, rounds: number): BenchCase {
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const rows = full ? fullRows : FEW_ROWS;
      const path = join(folder, `${name}.f64`);
      say(`writing ${rows} × ${FEATURES} numbers`);
      await writeLabelled(path, labelledFlows(rows, FEATURES, 42));
      const ours = ourTree(path, splitter);
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

/** How the time of one tree grows with the rows: for n · log n, the time per row and log₂ row stays the same. */
const curveCase: BenchCase = {
  name: "tree-curve",
  run: async ({ full, folder, say }) => {
    const table: BenchRow[] = [];
    for (const rows of full ? [10_000, 30_000, 100_000, 300_000, 1_000_000, 2_800_000] : [2000, 20_000]) {
      const path = join(folder, "tree-curve.f64");
      say(`writing ${rows} × ${FEATURES} numbers`);
      await writeLabelled(path, labelledFlows(rows, FEATURES, 42));
      try {
        for (const splitter of ["exact", "histogram"] as const) {
          const medians = await alternate([ourTree(path, splitter)], rows > 100_000 ? 1 : 3);
          const work = rows * Math.log2(rows);
          const size = `${rows} × ${FEATURES}, ${splitter}`;
          table.push(rowOf("tree-curve", size, "s", medians, ({ seconds }) => seconds));
          table.push(rowOf("tree-curve", size, "ns per n log₂ n", medians, ({ seconds }) => (seconds / work) * 1e9));
        }
      } finally {
        rmSync(path);
      }
    }
    return table;
  },
};

/** What a histogram costs in accuracy: rows of which the trees of `tree-hist-1m` and the like grown exactly are wrong. */
const accuracyCase: BenchCase = {
  name: "tree-hist-accuracy",
  run: async ({ full, say }) => {
    const rows = full ? 1_000_000 : FEW_ROWS;
    const unseen = rows / 5;
    const flows = labelledFlows(rows + unseen, FEATURES, 42);
    const columns = [...flows.columns];
    const names = columns.map((_, index) => `f${index}`);
    const classes = Array.from({ length: Math.max(...new Set(flows.codes)) + 1 }, (_, code) => `c${code}`);
    const part = (from: number, to: number) => ({
      matrix: featureMatrix(
        names,
        columns.map((column) => column.subarray(from, to)),
      ),
      labels: { codes: flows.codes.subarray(from, to), classes },
    });
    const [train, test] = [part(0, rows), part(rows, rows + unseen)];
    const wrong = async (splitter: Splitter): Promise<number> => {
      say(`${splitter}: ${rows} rows`);
      const tree = await DecisionTreeClassifier.fit(train.matrix, train.labels, { maxDepth: 10, splitter });
      const predicted = tree.predict(test.matrix);
      return (1000 * predicted.filter((code, row) => code !== test.labels.codes[row]).length) / unseen;
    };
    const ours = await wrong("histogram");
    const exact = await wrong("exact");
    return [
      {
        case: "tree-hist-accuracy",
        size: `${rows} × ${FEATURES}, depth 10, ${unseen} unseen rows`,
        unit: "‰ wrong",
        ours: rounded(ours),
        peers: { "the exact tree": rounded(exact) },
        ratio: { "the exact tree": rounded(ours / exact) },
      },
    ];
  },
};

/** Growing one tree: exactly, and by histograms. */
export const growthCases: readonly BenchCase[] = [
  growthCase("tree-exact-25k", 25_000, "exact", 5),
  growthCase("tree-exact-100k", 100_000, "exact", 3),
  growthCase("tree-exact-1m", 1_000_000, "exact", 3),
  growthCase("tree-hist-1m", 1_000_000, "histogram", 3),
  accuracyCase,
  growthCase("tree-hist-2800k", 2_800_000, "histogram", 1),
  curveCase,
];
