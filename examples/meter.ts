import { pipeline } from "node:stream/promises";
import type { ColumnNames, Tunnels } from "@mlsec/flows";
import { Option } from "commander";
import { type Context, command, number, run, UsageError } from "./shared/command.js";
import { ensureFolderOf, requireWritable, writeFileAtomic } from "./shared/files.js";
import { METER_FORMATS, METER_PROFILES, meterFor } from "./shared/meters.js";
import type { Payload } from "./shared/records.js";
import { openSource } from "./shared/source.js";
import { payloadOption, requireEve, requirePcap, tunnelsOption } from "./shared/source-options.js";

interface Options {
  readonly source: string;
  readonly format: string;
  readonly profile: string;
  readonly out: string;
  readonly sweep?: boolean;
  readonly ipv6?: boolean;
  readonly names?: ColumnNames;
  readonly lateness?: number;
  readonly payload?: Payload;
  readonly tunnels?: Tunnels;
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
  .option("--sweep", "of the cic profiles: give flows out once they are older than the timeout, for live traffic")
  .option("--ipv6", "of the cic profiles: meter IPv6, too, which their authors did not")
  .addOption(
    new Option(
      "--names <spelling>",
      "of the cic profiles: how columns are spelled (default: the profile's own way)",
    ).choices(["original", "stripped", "v4"] satisfies ColumnNames[]),
  )
  .option("--lateness <seconds>", "of kdd: how long connections wait for those that began before (default: 60)", number)
  .addOption(payloadOption())
  .addOption(tunnelsOption());

await run<Options>(program, main);

async function main(options: Options, context: Context): Promise<void> {
  const { source, format, profile, out, sweep = false, ipv6 = false, names, lateness, payload, tunnels } = options;
  const meter = meterFor(format, profile);
  if (meter === undefined)
    throw new UsageError(`The profile ${profile} needs packets: a log (${format}) gives the profile kdd alone.`);
  requireFitting(options);
  const told: string[] = [];
  const { bytes, signal } = openSource(source, context.signal);
  const tell = (line: string): void => void told.push(line);
  const csv = meter(bytes, { sweep, ipv6, names, lateness, payload, tunnels, signal, tell });
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

/** @throws UsageError for a flag that would change nothing: who gives it expects something else. */
function requireFitting({ format, profile, ipv6, names, lateness, payload, tunnels }: Options): void {
  if (profile === "kdd" && (ipv6 !== undefined || names !== undefined))
    throw new UsageError(
      "--ipv6 and --names go with the cic profiles: kdd has all connections, under NSL-KDD's names.",
    );
  if (profile !== "kdd" && lateness !== undefined)
    throw new UsageError("--lateness goes with the profile kdd: flows do not wait for others.");
  requireEve(format, payload);
  requirePcap(format, tunnels);
}
