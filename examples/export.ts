import { stat } from "node:fs/promises";
import { loadBundleFile } from "@mlsec/bundle/node";
import { Option } from "commander";
import { command, run, UsageError } from "./shared/command.js";
import { EXPORT_FORMATS } from "./shared/export-formats.js";
import { requireWritable } from "./shared/files.js";
import { printTable } from "./shared/terminal.js";

interface Options {
  readonly bundle: string;
  readonly to: string;
  readonly out: string;
  readonly target?: string;
}

const formats = Object.entries(EXPORT_FORMATS).map(([name, { text }]) => `${name}, ${text}`);

const program = command("export", "Writes a bundle for other stacks.")
  .requiredOption("--bundle <file>", "bundle of either kind")
  .addOption(new Option("--to <format>", formats.join("; ")).choices(Object.keys(EXPORT_FORMATS)).makeOptionMandatory())
  .requiredOption("--out <path>", "file or folder to write")
  .option("--target <version>", "version of scikit-learn that shall open it, such as 1.6 (default: the newest known)");

await run<Options>(program, async ({ bundle, to, out, target }) => {
  const format = EXPORT_FORMATS[to]!;
  if (target !== undefined && format.targets.length === 0)
    throw new UsageError(`--to ${to} has no versions: leave --target out.`);
  await requireWritable(out);
  const files = await format.write(await loadBundleFile(bundle), out, target);
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  printTable(
    ["file", "bytes"],
    files.map((file, place) => [file, sizes[place]!]),
  );
});
