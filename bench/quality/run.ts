// npm run quality -- SUBJECT [--case NAME] [--seeds N] [--json FILE]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type QualityRow, tableOf } from "./row.ts";
import { threatCases } from "./threat.ts";

/** What is measured on the real data. A case gives its rows. */
export interface QualityCase {
  readonly name: string;
  readonly run: (context: QualityContext) => Promise<readonly QualityRow[]>;
}

export interface QualityContext {
  /** The folder of the real data. */
  readonly folder: string;
  readonly seeds: readonly number[];
  readonly say: (text: string) => void;
}

const SUBJECTS: Readonly<Record<string, readonly QualityCase[]>> = { threat: threatCases };

const HELP = `npm run quality -- SUBJECT [--case NAME] [--seeds N] [--json FILE]

Measures how good models are on the real data, which MLSEC_DATA names (${Object.keys(SUBJECTS).join(", ")}): mean and
standard deviation over seeds 0 to N − 1, each for both split and model. It takes minutes to hours.

  --case NAME   only this case
  --seeds N     how many seeds; default 5
  --json FILE   the rows as JSON`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: "string" },
      seeds: { type: "string", default: "5" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const cases = SUBJECTS[positionals[0] ?? ""]?.filter(({ name }) => (values.case ?? name) === name) ?? [];
  const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed);
  const folder = process.env.MLSEC_DATA;
  if (cases.length === 0 || seeds.length === 0 || folder === undefined) {
    console.error(folder === undefined ? "MLSEC_DATA must name the folder of the real data." : HELP);
    return 1;
  }
  const rows: QualityRow[] = [];
  for (const { name, run } of cases)
    rows.push(...(await run({ folder, seeds, say: (text) => console.error(`quality: ${name}: ${text}`) })));
  console.log(tableOf(rows));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  return 0;
}
