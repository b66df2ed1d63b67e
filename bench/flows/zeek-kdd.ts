import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase, BenchContext, BenchRow } from "../case.ts";
import { alternate, type Contender, nodeContender, rowOf } from "../measure.ts";
import { writeConnLog } from "./zeek-log.ts";

const FULL_RECORDS = 2_000_000;
const FEW_RECORDS = 200_000;

const script = (name: string): URL => new URL(`./contenders/${name}`, import.meta.url);

/** A case of one contender on a generated log: records a second, and the memory that it takes. */
function logCase(name: string, contender: (path: string) => Contender): BenchCase {
  return {
    name,
    run: async ({ full, folder, say }: BenchContext): Promise<BenchRow[]> => {
      const records = full ? FULL_RECORDS : FEW_RECORDS;
      const path = join(folder, `${name}.log`);
      say(`writing a conn.log of ${records} connections`);
      await writeConnLog(path, records, 42);
      try {
        const medians = await alternate([contender(path)], full ? 5 : 3);
        const size = `${records} connections`;
        return [
          rowOf(name, size, "rows/s", medians, ({ seconds }) => records / seconds),
          rowOf(name, size, "MB", medians, ({ peakMB }) => peakMB),
        ];
      } finally {
        rmSync(path);
      }
    },
  };
}

/** Zeek's conn.log to records; records in memory to the 41 features; and the whole way from file to features. */
export const zeekCases: readonly BenchCase[] = [
  logCase("zeek-read", (path) => nodeContender("mlsec", script("zeek-read.mjs"), path)),
  logCase("zeek-kdd", (path) => nodeContender("mlsec", script("zeek-kdd.mjs"), path, "features")),
  logCase("zeek-log-to-kdd", (path) => nodeContender("mlsec", script("zeek-kdd.mjs"), path, "log")),
];
