// correlation.mjs FILE FEATURES: drops the columns of a file that are correlated above 0.85, after warming up on a part.
import { correlationFilter } from "@mlsec/feature-select";
import { takeRows } from "@mlsec/preprocess";
import { report } from "../../preprocess/csv/contenders/report.mjs";
import { readLabelled } from "../scoring/contenders/labelled.mjs";

const [path, features] = process.argv.slice(2);
const { matrix } = readLabelled(path, Number(features));
const some = Int32Array.from({ length: 20_000 }, (_, row) => row);
await correlationFilter(takeRows(matrix, some), 0.85);
const started = performance.now();
const { kept } = await correlationFilter(matrix, 0.85);
report(started, { answer: kept.length });
