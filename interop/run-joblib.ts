// The mlsec side of test_joblib.py: imports models of Python and asks them.
import { readFileSync } from "node:fs";
import { type ImportJoblibOptions, importJoblib } from "../packages/bundle/src/joblib/index.js";
import { ask, tableOf } from "../packages/bundle/test/joblib/ask.js";
import type { Cell } from "../packages/preprocess/src/index.js";

interface Question {
  readonly files: Readonly<Record<string, string>>;
  /** Columns of raw rows; null is missing. */
  readonly table: Readonly<Record<string, readonly Cell[]>>;
  readonly options: ImportJoblibOptions;
}

const questions = JSON.parse(readFileSync(0, "utf8")) as Question[];
const answers: unknown[] = [];
for (const question of questions) answers.push(await answer(question));
console.log(JSON.stringify(answers));

/** What the model of the first file says, and whether those of the others say the same. */
async function answer({ files, table, options }: Question): Promise<unknown> {
  const told: string[] = [];
  let first: object = {};
  for (const [way, base64] of Object.entries(files)) {
    try {
      const imported = await importJoblib(new Uint8Array(Buffer.from(base64, "base64")), options);
      const said = await ask(imported, tableOf(table));
      if (told.length === 0) first = said;
      told.push(JSON.stringify(said));
    } catch (error) {
      return { problem: `${way}: ${error instanceof Error ? error.stack : error}` };
    }
  }
  return { problem: null, ...first, same: told.every((text) => text === told[0]) };
}
