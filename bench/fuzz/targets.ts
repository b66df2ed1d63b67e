import { bundleTarget } from "./bundle.ts";
import { csvTarget } from "./csv.ts";
import { joblibTarget } from "./joblib.ts";
import { jsonLinesTarget } from "./json-lines.ts";
import { kerasTarget } from "./keras.ts";
import { parquetTarget } from "./parquet.ts";
import { pcapTarget } from "./pcap.ts";
import { recordsTarget } from "./records.ts";
import type { FuzzTarget } from "./target.ts";

export const targets: readonly FuzzTarget[] = [
  csvTarget,
  jsonLinesTarget,
  parquetTarget,
  pcapTarget,
  recordsTarget,
  bundleTarget,
  joblibTarget,
  kerasTarget,
];
