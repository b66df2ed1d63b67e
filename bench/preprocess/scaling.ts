import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, nodeContender, pythonContender, rowsOf } from "../measure.ts";
import { flowColumns, writeColumns } from "./scaling/generate.ts";

const COLUMNS = 78;
const FULL_ROWS = 1_000_000;
const FEW_ROWS = 50_000;

const script = (name: string): URL => new URL(`./scaling/contenders/${name}`, import.meta.url);

function scalingCase(name: string, job: string, peer: string): BenchCase {
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const rows = full ? FULL_ROWS : FEW_ROWS;
      const path = join(folder, `${name}.f64`);
      say(`writing ${rows} × ${COLUMNS} numbers`);
      await writeColumns(path, flowColumns(rows, COLUMNS, 42));
      const args = [job, path, String(COLUMNS)];
      const python = pythonContender(peer, script("peer.py"), ...args);
      const ours = nodeContender("mlsec", script("mlsec.mjs"), ...args);
      try {
        return rowsOf(name, `${rows} × ${COLUMNS}`, await alternate(python === null ? [ours] : [ours, python], 5));
      } finally {
        rmSync(path);
      }
    },
  };
}

/** Duplicate removal and scaling of columns in memory; a scaler's fit and transform are timed together. */
export const scalingCases: readonly BenchCase[] = [
  scalingCase("dedupe-1m", "dedupe", "pandas"),
  scalingCase("scale-robust-1m", "robust", "scikit-learn"),
  scalingCase("scale-standard-1m", "standard", "scikit-learn"),
];
