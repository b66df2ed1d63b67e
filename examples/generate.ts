import { csvPieces } from "@mlsec/preprocess";
import { Option } from "commander";
import { datasets } from "./data/index.js";
import { command, count, run } from "./shared/command.js";
import { ensureFolderOf, requireWritable, writeFileAtomic, writeJson } from "./shared/files.js";

interface Options {
  readonly dataset: keyof typeof datasets;
  readonly rows: number;
  readonly randomState: number;
  readonly out: string;
  readonly tidy?: boolean;
  readonly json?: string;
}

const program = command(
  "generate",
  "Writes a CSV of generated traffic: made up by a seeded simulation, not captured anywhere.",
)
  .addOption(
    new Option("--dataset <name>", "41 connection features or 78 flow features")
      .choices(Object.keys(datasets))
      .makeOptionMandatory(),
  )
  .option("--rows <n>", "rows", count, 10_000)
  .option("--random-state <n>", "seed", count, 42)
  .option("--tidy", "flows without the rows of missing and infinite cells that recorded files have")
  .requiredOption("--out <file>", "CSV to write")
  .option("--json <file>", "also write a summary to this file");

await run<Options>(program, async ({ dataset, rows, randomState, out, tidy = false, json }) => {
  await requireWritable(out, json);
  const table = datasets[dataset]({ rows, seed: randomState, dirty: !tidy });
  await ensureFolderOf(out);
  await writeFileAtomic(out, csvPieces(table));
  console.log(`Wrote ${table.rows} generated rows, ${table.names.length} columns to ${out}.`);
  if (json !== undefined)
    await writeJson(json, { dataset, rows: table.rows, columns: table.names, seed: randomState, out });
});
