import { csvPieces } from "@mlsec/preprocess";
import { Option } from "commander";
import { attackLines, datasets, generateCapture } from "./data/index.js";
import { command, count, run, UsageError } from "./shared/command.js";
import { ensureFolderOf, requireWritable, writeFileAtomic, writeJson } from "./shared/files.js";

interface Options {
  readonly dataset: keyof typeof datasets | "capture";
  readonly rows: number;
  readonly randomState: number;
  readonly out: string;
  readonly tidy?: boolean;
  readonly labels?: string;
  readonly json?: string;
}

const program = command(
  "generate",
  "Writes generated traffic, as a CSV or as the capture that it is metered from: made up by a seeded simulation, not captured anywhere.",
)
  .addOption(
    new Option("--dataset <name>", "41 connection features, 78 flow features, or a capture of packets (pcap)")
      .choices([...Object.keys(datasets), "capture"])
      .makeOptionMandatory(),
  )
  .option("--rows <n>", "rows; of a capture about how many connections", count, 10_000)
  .option("--random-state <n>", "seed", count, 42)
  .option("--tidy", "flows without the rows of missing and infinite cells that recorded files have")
  .requiredOption("--out <file>", "CSV or pcap to write")
  .option("--labels <file>", "of a capture: also write its attacks (label, attacker, victim, times) to this CSV")
  .option("--json <file>", "also write a summary to this file");

await run<Options>(program, async (options) => {
  const { dataset, out, labels, json } = options;
  if (labels !== undefined && dataset !== "capture")
    throw new UsageError("--labels goes with --dataset capture: tables have their labels in a column.");
  await requireWritable(out, labels, json);
  await ensureFolderOf(out);
  const summary = await (dataset === "capture" ? writeCapture(options) : writeTable(options, dataset));
  if (json !== undefined) await writeJson(json, summary);
});

async function writeTable(
  { rows, randomState, tidy = false, out }: Options,
  dataset: keyof typeof datasets,
): Promise<object> {
  const table = await datasets[dataset]({ rows, seed: randomState, dirty: !tidy });
  await writeFileAtomic(out, csvPieces(table));
  console.log(`Wrote ${table.rows} generated rows, ${table.names.length} columns to ${out}.`);
  return { dataset, rows: table.rows, columns: table.names, seed: randomState, out };
}

async function writeCapture({ rows, randomState, out, labels }: Options): Promise<object> {
  const { pieces, attacks } = generateCapture({ connections: rows, seed: randomState });
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      bytes += piece.length;
      yield piece;
    }
  }
  await writeFileAtomic(out, counted());
  console.log(`Wrote a generated capture of ${bytes} bytes with ${attacks.length} attacks to ${out}.`);
  if (labels !== undefined) {
    await ensureFolderOf(labels);
    await writeFileAtomic(labels, attackLines(attacks));
    console.log(`Wrote whose attacks they are, and when, to ${labels}.`);
  }
  return { dataset: "capture", connections: rows, bytes, attacks: attacks.length, seed: randomState, out, labels };
}
