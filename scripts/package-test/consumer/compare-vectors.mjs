// Compares @mlsec/preprocess/numeric with its published test vectors: `compare-vectors.mjs NUMERIC RANDOM`. Prints how many
// values were the same.
import { readFileSync } from "node:fs";
import * as numeric from "@mlsec/preprocess/numeric";
import { compareVectors } from "./numeric-vectors.mjs";

const [functions, random] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
console.log(compareVectors(numeric, { functions, random }));
