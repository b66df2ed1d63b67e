import { stat } from "node:fs/promises";
import { join } from "node:path";
import { command, run, UsageError } from "./shared/command.js";
import { requireWritable, writeJson } from "./shared/files.js";
import { type MigratedFile, migrateFile, pythonArtefacts } from "./shared/python-artefacts.js";
import { printTable } from "./shared/terminal.js";

interface Options {
  readonly outDir: string;
  readonly normalClass?: string;
  readonly mendClassNames?: boolean;
  readonly json?: string;
}

const program = command(
  "migrate",
  "Makes bundles of a folder of Python artefacts (.joblib, .pkl, .h5, .keras, with profile JSON beside them). No code of theirs is run.",
)
  .argument("<dir>", "folder of artefacts; folders in it are looked through, too")
  .requiredOption("--out-dir <dir>", "folder for bundles, profiles and converted parts")
  .option("--normal-class <name>", "the class that is no attack, where its name does not tell")
  .option(
    "--mend-class-names",
    "exchange the class names of threat bundles that have Normal and Attack the wrong way round",
  )
  .option("--json <file>", "also write a row per file to this file");

await run<Options>(program, async ({ outDir, normalClass, mendClassNames, json }, { signal }) => {
  const folder = program.args[0]!;
  if (!(await stat(folder)).isDirectory()) throw new UsageError(`${folder} is no folder.`);
  await requireWritable(join(outDir, "bundle"), json);
  const files = await pythonArtefacts(folder);
  if (files.length === 0) throw new UsageError(`There is no .joblib, .pkl, .h5 or .keras file in ${folder}.`);
  const createdAt = new Date().toISOString();
  const rows: MigratedFile[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    rows.push(await migrateFile(folder, file, outDir, { normalClass, mendClassNames, createdAt }));
  }
  printTable(
    ["file", "kind", "converted"],
    rows.map(({ file, kind, converted }) => [file, kind ?? "unknown", converted ?? "no"]),
  );
  for (const { file, reason } of rows) if (reason !== null) console.log(`${file}: ${reason}`);
  const bundles = rows.filter(({ converted }) => converted === "bundle").length;
  console.log(`Made ${bundles} ${bundles === 1 ? "bundle" : "bundles"} of ${rows.length} files, in ${outDir}.`);
  if (json !== undefined) await writeJson(json, rows);
});
