import { rmSync } from "node:fs";
import { join } from "node:path";
import { encodeLabels, Preprocessor } from "@mlsec/preprocess";
import { readCsvFile } from "@mlsec/preprocess/node";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, type Contender, nodeContender, pythonContender, rowsOf } from "../measure.ts";
import { type LabelledColumns, labelledFlows, writeLabelled } from "./growth/generate.ts";

const script = (name: string): URL => new URL(`./selection/${name}`, import.meta.url);

async function compare(
  { folder, say }: BenchContext,
  name: string,
  size: string,
  features: number,
  data: LabelledColumns,
  scripts: readonly [string, string][],
  rounds: number,
): Promise<BenchRow[]> {
  const path = join(folder, `${name}.f64`);
  say(`writing ${data.codes.length} × ${features} numbers`);
  await writeLabelled(path, data);
  const contenders = scripts.map(([who, file]): Contender | null =>
    (file.endsWith(".py") ? pythonContender : nodeContender)(who, script(file), path, String(features)),
  );
  try {
    return rowsOf(
      name,
      size,
      await alternate(
        contenders.filter((contender) => contender !== null),
        rounds,
      ),
    );
  } finally {
    rmSync(path);
  }
}

const RFE: readonly [string, string][] = [
  ["mlsec", "rfe.mjs"],
  ["scikit-learn", "rfe.py"],
];

/** RFE from 41 features to 10 with forests of 100 trees, on two threads: on generated flows, and on a real file. */
const rfeCases: readonly BenchCase[] = [
  {
    name: "rfe-41-10",
    run: (context) => {
      const rows = context.full ? 25_000 : 1000;
      const size = `${rows} × 41, 14 classes, to 10, two threads`;
      return compare(context, "rfe-41-10", size, 41, labelledFlows(rows, 41, 42), RFE, context.full ? 3 : 1);
    },
  },
  {
    name: "rfe-train-data",
    needsFull: true,
    run: async (context) => {
      const folder = process.env.MLSEC_DATA;
      if (folder === undefined) {
        context.say("left out: MLSEC_DATA does not say where the data is");
        return [];
      }
      const table = await readCsvFile(join(folder, "nsl-kdd/Train_data.csv"));
      const features = table.drop(["class"]);
      const { columns } = Preprocessor.fit(features, [{ step: "ordinalEncode" }]).transform(features);
      const size = `${table.rows} × 41 of Train_data.csv, to 10, two threads`;
      const { codes } = encodeLabels(table.texts("class"));
      return compare(context, "rfe-train-data", size, 41, { codes, columns }, RFE, 3);
    },
  },
];

const correlationCase: BenchCase = {
  name: "corr-filter-1m",
  run: (context) => {
    const rows = context.full ? 1_000_000 : 20_000;
    return compare(
      context,
      "corr-filter-1m",
      `${rows} × 78, threshold 0.85`,
      78,
      labelledFlows(rows, 78, 42),
      [
        ["mlsec", "correlation.mjs"],
        ["pandas", "correlation.py"],
      ],
      context.full ? 3 : 1,
    );
  },
};

/** Selecting features. */
export const selectionCases: readonly BenchCase[] = [...rfeCases, correlationCase];
