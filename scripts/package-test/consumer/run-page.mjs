// Judges the smoke test's rows with a built detector page: `run-page.mjs PAGE BUNDLE`. Prints the digest of the
// probabilities.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { digest } from "./digest.mjs";
import { flows } from "./traffic.mjs";

const [page, bundle] = process.argv.slice(2);
await import(pathToFileURL(page));
const verdicts = await globalThis.judge(readFileSync(bundle), flows(300, { seed: 8, labelled: false }));
console.log(digest(Float64Array.from(verdicts, ({ probability }) => probability)));
