// node verdict-digests.mjs ROOT BUNDLE CSV: SHA-256 of the verdicts on the rows of a CSV in this Node, each in full, and of the
// rows that `detectRows` gives out; with the built packages of the repository ROOT.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [root, bundle, csv] = process.argv.slice(2);
const require = createRequire(join(root, "examples", "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { loadDetector, detectRows } = await load("@mlsec/bundle");
const { readCsv } = await load("@mlsec/preprocess");

const detector = await loadDetector(await readFile(bundle));
const bytes = await readFile(csv);
const types = new Map(detector.inputs.map(({ name, type }) => [name, type]));
const table = await readCsv(bytes, { types, select: [...types.keys()] });
const verdicts = detector.detect(table);
const rows = createHash("sha256");
for await (const piece of detectRows(detector, bytes)) rows.update(piece);
const digest = (text) => createHash("sha256").update(text).digest("hex");
console.log(
  JSON.stringify({
    rows: verdicts.length,
    // What one verdict says, and what all do: JSON writes numbers to the last bit.
    verdicts: digest(JSON.stringify(verdicts)),
    records: digest(JSON.stringify(verdicts.map((_, row) => detector.detect(table.record(row))))),
    csv: rows.digest("hex"),
  }),
);
