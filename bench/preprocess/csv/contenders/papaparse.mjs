import { createReadStream } from "node:fs";
import Papa from "papaparse";
import { Columns } from "./columns.mjs";
import { report } from "./report.mjs";

const started = performance.now();
let columns;
await new Promise((resolve, reject) => {
  Papa.parse(createReadStream(process.argv[2], { encoding: "utf8", highWaterMark: 1 << 20 }), {
    skipEmptyLines: true,
    chunk: ({ data }) => {
      for (const row of data) {
        if (columns === undefined) columns = new Columns(row);
        else columns.add(row);
      }
    },
    complete: resolve,
    error: reject,
  });
});
report(started);
