// npm run quality -- SUBJECT [--case NAME] [--seeds N] [--out FILE]
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { attackCases } from "./attack.ts";
import { merged, type QualityTable, toMarkdown } from "./table.ts";
import { threatCases } from "./threat.ts";

/** What is measured on the real data. A case gives its tables. */
export interface QualityCase {
  readonly name: string;
  readonly run: (context: QualityContext) => Promise<readonly QualityTable[]>;
}

export interface QualityContext {
  /** The folder of the real data. */
  readonly data: string;
  /** An empty folder for files that are handed to a peer. */
  readonly scratch: string;
  readonly seeds: readonly number[];
  readonly say: (text: string) => void;
}

/** What is measured, and over how many seeds by default. */
const SUBJECTS: Readonly<Record<string, { readonly cases: readonly QualityCase[]; readonly seeds: number }>> = {
  threat: { cases: threatCases, seeds: 5 },
  attack: { cases: attackCases, seeds: 30 },
};

const HELP = `npm run quality -- SUBJECT [--case NAME] [--seeds N] [--out FILE]

Measures how good models are on the real data, which MLSEC_DATA names (${Object.keys(SUBJECTS).join(", ")}), over seeds 0 to
N − 1, each for both split and model. It takes minutes to hours.

  --case NAME   only this case
  --seeds N     how many seeds; default 5 (threat), 30 (attack)
  --out FILE    the tables as a Markdown file`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: "string" },
      seeds: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const name = positionals[0] ?? "";
  const subject = Object.hasOwn(SUBJECTS, name) ? SUBJECTS[name]! : { cases: [], seeds: 0 };
  const wanted = subject.cases.filter((one) => (values.case ?? one.name) === one.name);
  const seeds = Array.from({ length: Number(values.seeds ?? subject.seeds) }, (_, seed) => seed);
  const data = process.env.MLSEC_DATA;
  if (wanted.length === 0 || seeds.length === 0 || data === undefined) {
    console.error(data === undefined ? "MLSEC_DATA must name the folder of the real data." : HELP);
    return 1;
  }
  const tables: QualityTable[] = [];
  for (const one of wanted) {
    const scratch = await mkdtemp(join(tmpdir(), "mlsec-quality-"));
    try {
      const say = (text: string): void => console.error(`quality: ${one.name}: ${text}`);
      tables.push(...(await one.run({ data, scratch, seeds, say })));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  const text = `${toMarkdown(merged(tables))}\n`;
  console.log(text);
  const command = ["npm run quality --", ...process.argv.slice(2)].join(" ").replace(/ --out \S+/, "");
  if (values.out !== undefined) writeFileSync(values.out, `# Quality: ${name}\n\nMade by \`${command}\`.\n\n${text}`);
  return 0;
}
