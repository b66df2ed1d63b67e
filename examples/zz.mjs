import { createWriteStream, openSync, writeSync } from "node:fs";
import { loadDetectorFile } from "@mlsec/bundle/node";
import { detectRows } from "@mlsec/bundle";
import { csvFile } from "@mlsec/preprocess/node";
const d=await loadDetectorFile(process.argv[2]);
console.log(d.inputs.length, d.bundle.pipeline.preprocessor.features.length);
for(let i=0;i<3;i++){const t=performance.now();const c0=process.cpuUsage();const fd=openSync("/dev/null","w");
let bytes=0;const rows=detectRows(d,csvFile(process.argv[3]),{invalidRows:"skip"});
for await(const p of rows){bytes+=p.length;writeSync(fd,p);}
const s=(performance.now()-t)/1000;const cu=process.cpuUsage(c0);console.log("cpu",((cu.user+cu.system)/1e6).toFixed(2),s.toFixed(2),"s",(rows.summary.rows/s).toFixed(0),"rows/s",bytes, JSON.stringify(rows.summary.classes).slice(0,100),rows.summary.skippedRows, (process.resourceUsage().maxRSS/1000).toFixed(0)+"MB");}
