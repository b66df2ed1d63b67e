// npm run bench -- GROUP [--full] [--case NAME] [--json FILE]
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { BenchCase, BenchRow } from "./case.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const GROUPS = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(FOLDER, entry.name)).includes("index.ts"))
  .map(({ name }) => name);

const HELP = `npm run bench -- GROUP [--full] [--case NAME] [--json FILE]

Runs one group of benchmarks (${GROUPS.join(", ")}): our code and its peers by turns, and prints medians and
ratios (our time ÷ theirs). Memory is the peak of a process of its own.

  --full        the published sizes, for which the thresholds hold; the rows are also stored in bench/results/
  --case NAME   only this case
  --json FILE   the rows as JSON`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      full: { type: "boolean", default: false },
      case: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [group = ""] = positionals;
  if (!GROUPS.includes(group)) {
    console.error(`There is no benchmark group ${JSON.stringify(group)}.\n\n${HELP}`);
    return 1;
  }
  const { cases } = (await import(`./${group}/index.ts`)) as { cases: readonly BenchCase[] };
  const wanted = cases.filter(
    ({ name, needsFull }) => (values.case ?? name) === name && (values.full || needsFull !== true),
  );
  if (wanted.length === 0) {
    console.error(`The cases are ${cases.map(({ name }) => name).join(", ")}; some need --full.`);
    return 1;
  }
  const folder = await mkdtemp(join(tmpdir(), "mlsec-bench-"));
  const stop = (): void => void rm(folder, { recursive: true, force: true }).finally(() => process.exit(130));
  process.once("SIGINT", stop);
  const rows: BenchRow[] = [];
  try {
    for (const { name, run } of wanted) {
      console.error(`bench: ${name} …`);
      rows.push(...(await run({ full: values.full, folder, say: (text) => console.error(`bench: ${name}: ${text}`) })));
    }
  } finally {
    process.off("SIGINT", stop);
    await rm(folder, { recursive: true, force: true });
  }
  console.log(table(rows));
  if (values.json !== undefined) writeFileSync(values.json, json(rows));
  if (values.full) store(group, cases, rows);
  return 0;
}

/** A row that is kept, with what it was measured on. */
interface StoredRow extends BenchRow {
  readonly machine: string;
}

/** Puts the rows in the place of those of the same cases that were stored before. */
function store(group: string, cases: readonly BenchCase[], rows: readonly BenchRow[]): void {
  const path = join(FOLDER, "results", `${group}.json`);
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as StoredRow[]) : [];
  const machine = `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"})`;
  const all = cases.flatMap(({ name }) => {
    const measured = rows.filter((row) => row.case === name);
    return measured.length > 0
      ? measured.map((row) => ({ ...row, machine }))
      : before.filter((row) => row.case === name);
  });
  mkdirSync(join(FOLDER, "results"), { recursive: true });
  writeFileSync(path, json(all));
  writeFileSync(join(FOLDER, "results", `${group}.md`), report(group, all));
}

function json(rows: readonly BenchRow[]): string {
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function table(rows: readonly BenchRow[]): string {
  const lines = rows.map(({ case: name, size, unit, ours, peers, ratio }) => {
    const beside = Object.entries(peers).map(([peer, value]) => `${peer} ${value} (${ratio[peer]})`);
    return `| ${[name, size, unit, ours, beside.join(", ")].join(" | ")} |`;
  });
  return ["| case | size | unit | ours | peers (ratio) |", "| --- | --- | --- | --- | --- |", ...lines].join("\n");
}

function report(group: string, rows: readonly StoredRow[]): string {
  const tables = [...new Set(rows.map(({ machine }) => machine))].map(
    (machine) => `## ${machine}\n\n${table(rows.filter((row) => row.machine === machine))}\n`,
  );
  return `# ${group}: the last measured table

Medians of runs by turns, all contenders of a case on one machine; in brackets our figure ÷ the peer's. Memory is the peak of
a whole process, its runtime included. Made by \`npm run bench -- ${group} --full\`.

${tables.join("\n")}`;
}
