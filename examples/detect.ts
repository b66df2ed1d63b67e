import { pipeline } from "node:stream/promises";
import { type Detector, TwoStageDetector } from "@mlsec/bundle";
import { loadDetectorFile } from "@mlsec/bundle/node";
import type { Tunnels } from "@mlsec/flows";
import { Option } from "commander";
import { type Context, command, number, run, UsageError } from "./shared/command.js";
import { headersOf } from "./shared/files.js";
import { PROFILES, requireProfile } from "./shared/live/features.js";
import { judgeCsv } from "./shared/live/judge-csv.js";
import { judgeTraffic, type Stages, type TrafficFormat } from "./shared/live/judge-traffic.js";
import { type TrafficVerdict, verdictJson, verdictText } from "./shared/live/traffic-verdict.js";
import { VerdictSummary } from "./shared/live/verdict-summary.js";
import type { Payload } from "./shared/records.js";
import { type OpenSource, openSource } from "./shared/source.js";
import { payloadOption, requireEve, requirePcap, tunnelsOption } from "./shared/source-options.js";

interface Options {
  readonly source: string;
  readonly format: TrafficFormat | "csv";
  readonly bundle: readonly string[];
  readonly profile?: string;
  readonly anyProfile?: boolean;
  readonly lateness: number;
  readonly ipv6?: boolean;
  readonly payload?: Payload;
  readonly tunnels?: Tunnels;
  readonly json?: true;
}

const program = command(
  "detect",
  "Judges recorded or live traffic: a verdict a line on standard output as flows end, a summary on standard error.",
)
  .requiredOption("--source <file>", "capture, log or CSV, packed with gzip or not; - reads standard input as it comes")
  .addOption(
    new Option("--format <format>", "what the source is").choices(["pcap", "zeek", "eve", "csv"]).default("pcap"),
  )
  .requiredOption(
    "--bundle <file>",
    "bundle of either kind; given twice, a threat detector whose alarms an attack classifier names",
    (path: string, before: readonly string[] = []) => [...before, path],
  )
  .addOption(
    new Option("--profile <profile>", "how features are computed (default: as the bundle says)").choices(PROFILES),
  )
  .option("--any-profile", "judge features of another profile than the bundle's all the same")
  .option("--lateness <seconds>", "how long connections of a log wait for those that began before them", number, 60)
  .option("--ipv6", "meter flows of IPv6, too, which the authors of the cic profiles did not")
  .addOption(payloadOption())
  .addOption(tunnelsOption())
  .option("--json", "write verdicts as lines of JSON");

await run<Options>(program, main);

async function main(options: Options, context: Context): Promise<void> {
  requireEve(options.format, options.payload);
  requirePcap(options.format, options.tunnels);
  if (options.ipv6 && options.format !== "pcap")
    throw new UsageError(
      `--ipv6 is about packets (--format pcap), not about ${options.format}, of which all is judged.`,
    );
  const stages = stagesOf(await Promise.all(options.bundle.map((path) => loadDetectorFile(path))));
  const told: string[] = [];
  const summary = new VerdictSummary(options.format === "csv" ? "rows" : "flows and connections");
  const source = openSource(options.source, context.signal);
  const verdicts = await judge(stages, options, source, (line) => told.push(line), summary);
  const write = options.json ? verdictJson : verdictText;
  async function* lines(): AsyncGenerator<string> {
    for await (const batch of verdicts) {
      for (const verdict of batch) summary.add(verdict);
      yield batch.map(write).join("");
    }
  }
  try {
    await pipeline(lines, process.stdout, { signal: source.signal, end: false });
  } finally {
    // Also of what Ctrl-C stops.
    for (const line of [...told, ...summary.lines()]) console.error(line);
  }
}

async function judge(
  stages: Stages,
  { source, format, profile, anyProfile = false, lateness, ipv6, payload, tunnels }: Options,
  { bytes, signal }: OpenSource,
  tell: (line: string) => void,
  summary: VerdictSummary,
): Promise<AsyncGenerator<TrafficVerdict[]>> {
  const isPipe = source === "-";
  const onStage: VerdictSummary["addStage"] = (detector, counts) => summary.addStage(detector, counts);
  const warn = (message: string): void => console.error(`Warning: ${message}`);
  if (format !== "csv") {
    const choices = { profile, anyProfile, lateness, ipv6, payload, tunnels };
    return judgeTraffic(bytes, format, stages, { ...choices, signal, warn, tell, onStage });
  }
  // How the features of a CSV were computed only the user knows.
  if (profile !== undefined) for (const stage of stages) requireProfile(stage, profile, { anyProfile, warn });
  // Of a pipe nobody knows the first line before it is read: a column that is there twice is then no error.
  const headers = isPipe ? "suffix" : await headersOf(source);
  return judgeCsv(bytes, stages, { headers, isPipe, signal, tell, onStage });
}

/** @throws UsageError, MlsecError `kind-mismatch`. */
function stagesOf(detectors: readonly Detector[]): Stages {
  const [first, second, ...more] = detectors;
  if (first === undefined || more.length > 0) throw new UsageError("--bundle is given once, or twice for two stages.");
  if (second === undefined) return [first];
  const { threat, attack } =
    first.kind === "threat_detector" ? new TwoStageDetector(first, second) : new TwoStageDetector(second, first);
  return [threat, attack];
}
