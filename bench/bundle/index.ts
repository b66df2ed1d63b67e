import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { trainAttackClassifier } from "@mlsec/attack-tree";
import type { Pipeline } from "@mlsec/bundle";
import { saveBundleFile } from "@mlsec/bundle/node";
import { csvPieces, type Table } from "@mlsec/preprocess";
import { trainThreatDetector } from "@mlsec/threat-ensemble";
import { datasets } from "../../examples/data/index.ts";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, type Contender, type Measurement, nodeContender, pythonContender, rowOf } from "../measure.ts";

const script = (name: string): URL => new URL(`./contenders/${name}`, import.meta.url);

/** A model to serve, on generated traffic. */
interface Model {
  readonly name: "tree" | "ensemble";
  /** What the peers are. */
  readonly peer: string;
  readonly rows: (rows: number) => Promise<Table>;
  readonly label: string;
  readonly train: (table: Table) => Promise<Pipeline>;
}

const TREE: Model = {
  name: "tree",
  peer: "scikit-learn",
  rows: (rows) => datasets.flows({ rows, dirty: false }),
  label: " Label",
  train: async (table) => (await trainAttackClassifier(table)).pipeline,
};

const ENSEMBLE: Model = {
  name: "ensemble",
  peer: "Keras reference",
  rows: (rows) => datasets.connections({ rows }),
  label: "class",
  train: async (table) => (await trainThreatDetector(table, { features: "backend" })).pipeline,
};

/** Rows of the files that repeat. */
const DISTINCT_ROWS = 10_000;

/** Trains the model, and writes it and its training rows: what the peers learn from, outside the clock. */
async function prepare({ folder }: BenchContext, model: Model): Promise<{ bundle: string; train: string }> {
  const table = await model.rows(DISTINCT_ROWS);
  const train = join(folder, "train.csv");
  await writeRepeated(train, table, table.rows);
  const bundle = join(folder, "model.safetensors");
  await saveBundleFile(bundle, await model.train(table));
  return { bundle, train };
}

/** Writes a table's rows again and again, until there are so many. */
async function writeRepeated(path: string, table: Table, rows: number): Promise<void> {
  const text = [...csvPieces(table)].join("");
  const lines = text.trimEnd().split("\n");
  const file = createWriteStream(path);
  file.write(`${lines[0]}\n`);
  for (let written = 0; written < rows; written += table.rows) {
    const part = lines.slice(1, 1 + Math.min(table.rows, rows - written));
    if (!file.write(`${part.join("\n")}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

function contenders(model: Model, job: string, bundle: string, train: string, ...files: string[]): Contender[] {
  const peer = pythonContender(model.peer, script(`${model.name}_peer.py`), job, train, ...files);
  return [nodeContender("mlsec", script("mlsec.mjs"), job, bundle, ...files), ...(peer === null ? [] : [peer])];
}

/** Seconds of one piece of work in a process that has done it often before: its own median. */
function warmCase(job: "load" | "row", model: Model, unit: "µs", size: string): BenchCase {
  const name = job === "load" ? `load-${model.name}` : `detect-row-${model.name}`;
  return {
    name,
    run: async (context) => {
      const { bundle, train } = await prepare(context, model);
      const medians = await alternate(contenders(model, job, bundle, train), context.full ? 5 : 1);
      return [rowOf(name, size, unit, medians, ({ seconds }) => seconds * 1e6)];
    },
  };
}

function csvCase(name: string, model: Model, fullRows: number): BenchCase {
  return {
    name,
    run: async (context): Promise<BenchRow[]> => {
      const { bundle, train } = await prepare(context, model);
      const rows = context.full ? fullRows : fullRows / 20;
      const table = (await model.rows(DISTINCT_ROWS)).drop([model.label]);
      const input = join(context.folder, "rows.csv");
      await writeRepeated(input, table, rows);
      const output = join(context.folder, "predictions.csv");
      const medians = await alternate(contenders(model, "csv", bundle, train, input, output), context.full ? 3 : 1);
      const size = `${rows} rows × ${table.names.length}, file to file, the process's start and load included`;
      const rate = ({ seconds }: Measurement): number => rows / seconds;
      return [rowOf(name, size, "rows/s", medians, rate), rowOf(name, size, "MB", medians, ({ peakMB }) => peakMB)];
    },
  };
}

const LOADED = "bundle bytes in memory to the first verdict, in a warm process";
const DETECTED = "one record, preprocessing included, in a warm process";

/** A detector in a service: how soon it is there, what a row costs, and a file of rows. */
export const cases: readonly BenchCase[] = [
  warmCase("load", TREE, "µs", LOADED),
  warmCase("load", ENSEMBLE, "µs", LOADED),
  warmCase("row", TREE, "µs", DETECTED),
  warmCase("row", ENSEMBLE, "µs", DETECTED),
  csvCase("csv-to-csv-tree-1m", TREE, 1_000_000),
  csvCase("csv-to-csv-ensemble", ENSEMBLE, 200_000),
];
