// The Python module that lies beside exported threat detectors: packages/bundle/python/mlsec_backend.py becomes text in
// packages/bundle/src/joblib/write/backend-module.ts, so that pages can write it, too. Run it after a change:
//
//     node scripts/backend-module.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../packages/bundle/", import.meta.url);

export const SOURCE = new URL("python/mlsec_backend.py", FOLDER);
export const TARGET = new URL("src/joblib/write/backend-module.ts", FOLDER);

/** The TypeScript of a Python source. */
export function embedded(source) {
  if (/[`\\]|\$\{/.test(source))
    throw new Error("mlsec_backend.py holds a backtick, a backslash or ${, which the text in TypeScript cannot.");
  return (
    "// Made by scripts/backend-module.mjs from python/mlsec_backend.py. Not to be edited.\n\n" +
    `/** The module \`mlsec_backend\`: a file of this text must be importable where a joblib file is loaded that is of it. */\n` +
    `export const BACKEND_MODULE: string = \`${source}\`;\n`
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, embedded(readFileSync(SOURCE, "utf8")));
