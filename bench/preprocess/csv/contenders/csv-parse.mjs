import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { Columns } from "./columns.mjs";
import { report } from "./report.mjs";

const started = performance.now();
let columns;
for await (const row of createReadStream(process.argv[2], { highWaterMark: 1 << 20 }).pipe(parse())) {
  if (columns === undefined) columns = new Columns(row);
  else columns.add(row);
}
report(started);
