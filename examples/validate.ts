import { readFile } from "node:fs/promises";
import { detectorOf, type Finding, validateBundle, validateCsv } from "@mlsec/bundle";
import { readBundleFile } from "@mlsec/bundle/node";
import { MlsecError, type ModelKind } from "@mlsec/preprocess";
import { csvFile } from "@mlsec/preprocess/node";
import { modelTypeOption, requireKind } from "./shared/bundles.js";
import { type Context, command, run } from "./shared/command.js";
import { headersOf, requireWritable, writeJson } from "./shared/files.js";
import { profileBeside } from "./shared/profiles.js";
import { printTable } from "./shared/terminal.js";

interface Options {
  readonly bundle: string;
  readonly csv?: string;
  readonly profile?: string;
  readonly modelType?: ModelKind;
  readonly json?: string;
}

const program = command(
  "validate",
  "Checks a bundle, and a CSV against it; reports all findings at once. Exit code 1 where something does not fit.",
)
  .requiredOption("--bundle <file>", "bundle of either kind")
  .option("--csv <file>", "rows to be predicted")
  .option("--profile <file>", "profile JSON to compare with (default: the one beside the bundle)")
  .addOption(modelTypeOption())
  .option("--json <file>", "also write the findings to this file");

await run<Options>(program, main);

async function main(options: Options, { signal }: Context): Promise<void> {
  await requireWritable(options.json);
  const ofBundle = await validateBundle(await readBundleFile(options.bundle), await readProfile(options));
  print(`Bundle ${options.bundle}`, ofBundle.findings);
  if (ofBundle.bundle !== null) requireKind(options.bundle, ofBundle.bundle.kind, options.modelType);
  let fits = ofBundle.fits;
  let ofCsv: Awaited<ReturnType<typeof validateCsv>> | null = null;
  if (options.csv !== undefined && ofBundle.bundle !== null) {
    const headers = await headersOf(options.csv);
    ofCsv = await validateCsv(detectorOf(ofBundle.bundle), csvFile(options.csv), { headers, signal });
    print(`CSV ${options.csv}`, ofCsv.findings);
    if (ofCsv.predictedRows > 0) printTable(["prediction", "rows"], Object.entries(ofCsv.predictions));
    fits &&= ofCsv.fits;
  }
  if (options.json !== undefined)
    await writeJson(options.json, { fits, bundle: { fits: ofBundle.fits, findings: ofBundle.findings }, csv: ofCsv });
  console.log(fits ? "Fits." : "Does not fit: see the errors above.");
  if (!fits) process.exitCode = 1;
}

/** The profile that was named, or the one beside the bundle. */
async function readProfile({ bundle, profile }: Options): Promise<unknown> {
  const path = profile ?? profileBeside(bundle);
  if (path === undefined) return undefined;
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MlsecError(
      "invalid-profile",
      `The profile ${path} is not JSON. Write it again from the bundle.`,
      { path },
      { cause },
    );
  }
}

function print(title: string, findings: readonly Finding[]): void {
  console.log(`\n${title}`);
  const mark = { error: "ERROR  ", warning: "warning", info: "info   " };
  for (const { severity, message, count, examples } of findings) {
    const cases = count > 1 && severity !== "info" ? ` (${count} cases)` : "";
    const shown = examples.length > 0 ? ` For example: ${examples.join("; ")}.` : "";
    console.log(`  ${mark[severity]}  ${message}${cases}${shown}`);
  }
}
