import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase, BenchContext, BenchRow } from "../../case.ts";
import { alternate, type Contender, nodeContender, pythonContender, rowsOf } from "../../measure.ts";
import { writeCicShapedCsv } from "./generate.ts";

const SMALL_MB = 20;
const script = (name: string): URL => new URL(`./contenders/${name}`, import.meta.url);

/** Our own parser without its kernel is among them: what WebAssembly is worth. */
const JAVASCRIPT_PEERS = ["mlsec-typescript", "papaparse", "csv-parse", "arquero"];

function contendersFor(path: string, peers: readonly string[]): Contender[] {
  const pandas = pythonContender("pandas", script("pandas_read.py"), path);
  return [
    nodeContender("mlsec", script("mlsec.mjs"), path),
    ...(pandas === null ? [] : [pandas]),
    ...peers.map((peer) => nodeContender(peer, script(`${peer}.mjs`), path)),
  ];
}

async function onFile(
  { folder, say }: BenchContext,
  megabytes: number,
  measure: (path: string, size: string) => Promise<BenchRow[]>,
): Promise<BenchRow[]> {
  const path = join(folder, `cic-${megabytes}.csv`);
  say(`writing ${megabytes} MB`);
  const { rows, columns } = await writeCicShapedCsv(path, megabytes * 1e6, 42);
  try {
    return await measure(path, `${megabytes} MB, ${rows} × ${columns}`);
  } finally {
    rmSync(path);
  }
}

/** Whole files to typed columns, and a large one in batches. Peers in JavaScript make typed columns of their rows, too. */
export const csvCases: readonly BenchCase[] = [
  {
    name: "csv-100mb",
    run: (context) =>
      onFile(context, context.full ? 100 : SMALL_MB, async (path, size) => {
        const medians = await alternate(contendersFor(path, JAVASCRIPT_PEERS), context.full ? 5 : 3);
        return rowsOf("csv-100mb", size, medians);
      }),
  },
  {
    name: "csv-1gb",
    needsFull: true,
    run: (context) =>
      onFile(context, 1000, async (path, size) => rowsOf("csv-1gb", size, await alternate(contendersFor(path, []), 3))),
  },
  {
    name: "csv-batches-1gb",
    run: (context) =>
      onFile(context, context.full ? 1000 : SMALL_MB, async (path, size) => {
        const pandas = pythonContender("pandas", script("pandas_batches.py"), path);
        const ours = nodeContender("mlsec", script("mlsec-batches.mjs"), path);
        return rowsOf("csv-batches-1gb", size, await alternate(pandas === null ? [ours] : [ours, pandas], 3));
      }),
  },
];
