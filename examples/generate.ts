import { csvPieces } from "@mlsec/preprocess";
import { Option } from "commander";
import { datasets } from "./data/index.js";
import { command, count, run } from "./shared/command.js";
import { ensureFolderOf, writeFileAtomic } from "./shared/files.js";

interface Options {
  readonly dataset: keyof typeof datasets;
  readonly rows: number;
  readonly randomState: number;
  readonly out: string;
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
  .requiredOption("--out <file>", "CSV to write");

await run<Options>(program, async ({ dataset, rows, randomState, out }) => {
  const table = datasets[dataset]({ rows, seed: randomState });
  await ensureFolderOf(out);
  await writeFileAtomic(out, csvPieces(table));
  console.log(`Wrote ${table.rows} generated rows, ${table.names.length} columns to ${out}.`);
});
