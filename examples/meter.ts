import { addAbortSignal } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PacketSource } from "@mlsec/flows";
import { csvFile } from "@mlsec/preprocess/node";
import { Option } from "commander";
import { type Context, command, run, UsageError } from "./shared/command.js";
import { ensureFolderOf, requireWritable, writeFileAtomic } from "./shared/files.js";
import { METER_FORMATS, METER_PROFILES, meterFor } from "./shared/meters.js";

interface Options {
  readonly source: string;
  readonly format: string;
  readonly profile: string;
  readonly out: string;
  readonly sweep?: true;
}

const program = command(
  "meter",
  "Makes the feature table of recorded or live traffic, with a profile's own columns, identifiers first.",
)
  .requiredOption(
    "--source <file>",
    "capture or log to read, packed with gzip or not; - reads standard input as it comes",
  )
  .addOption(new Option("--format <format>", "what the source is").choices(METER_FORMATS).default("pcap"))
  .addOption(new Option("--profile <profile>", "which features").choices(METER_PROFILES).makeOptionMandatory())
  .requiredOption("--out <file>", "CSV to write, whole or not at all; - writes rows to standard output as flows end")
  .option("--sweep", "of the cic profiles: give flows out once they are older than the timeout, for live traffic");

await run<Options>(program, main);

async function main({ source, format, profile, out, sweep }: Options, { signal }: Context): Promise<void> {
  const meter = meterFor(format, profile);
  if (meter === undefined)
    throw new UsageError(`The profile ${profile} needs packets: a log (${format}) gives the profile kdd alone.`);
  const told: string[] = [];
  const bytes: PacketSource = source === "-" ? addAbortSignal(signal, process.stdin) : csvFile(source);
  const csv = meter(bytes, { sweep: sweep ?? false, signal, tell: (line) => told.push(line) });
  if (out === "-") {
    await pipeline(csv, process.stdout, { signal, end: false });
  } else {
    await requireWritable(out);
    await ensureFolderOf(out);
    await writeFileAtomic(out, csv);
  }
  for (const line of told) console.error(line);
  if (out !== "-") console.log(`Wrote the features to ${out}.`);
}
