import type { Random } from "@mlsec/preprocess/numeric";
import { type ReadParquetOptions, readParquet } from "@mlsec/preprocess/parquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { tableOutcome } from "./check-table.ts";
import { mutated, pick, shownBytes } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

type WriteOptions = Parameters<typeof parquetWriteBuffer>[0];

interface ParquetCase {
  readonly bytes: Uint8Array;
  readonly options: ReadParquetOptions;
}

/** A valid file of some columns, pages and codec, then damaged; mostly without a change of length, as places matter. */
export const parquetTarget: FuzzTarget = {
  name: "parquet",
  maxPeakMB: 1500,
  runCase: (random) => {
    const { bytes, options } = makeCase(random);
    return tableOutcome(() => readParquet(bytes, options));
  },
  describe: (random) => {
    const { bytes, options } = makeCase(random);
    return `options ${JSON.stringify({ ...options, types: options.types instanceof Map ? Object.fromEntries(options.types) : options.types })}, ${shownBytes(bytes)}`;
  },
};

function makeCase(random: Random): ParquetCase {
  const rows = 1 + random.below(random.below(20) === 0 ? 2000 : 30);
  const cells = <T>(make: () => T): (T | null)[] =>
    Array.from({ length: rows }, () => (random.below(8) === 0 ? null : make()));
  const columnData: WriteOptions["columnData"] = [
    { name: "double", data: cells(() => pick(random, [0, -0.5, 1e300, Number.NaN, random.float()])), type: "DOUBLE" },
    { name: "int", data: cells(() => random.below(100)), type: "INT32" },
    { name: "long", data: cells(() => BigInt(random.below(2 ** 31)) * 2n ** 25n + 1n), type: "INT64" },
    { name: "flag", data: cells(() => random.below(2) === 0), type: "BOOLEAN" },
    { name: "text", data: cells(() => pick(random, ["tcp", "udp", "", "é", "12"])), type: "STRING" },
  ];
  const written = new Uint8Array(
    parquetWriteBuffer({
      columnData: columnData
        .filter(() => random.below(3) > 0)
        .concat(columnData.slice(0, 1))
        .slice(0, 5)
        .filter(isFirst),
      codec: pick(random, ["UNCOMPRESSED", "SNAPPY"] as const),
      rowGroupSize: 1 + random.below(rows),
      pageSize: pick(random, [64, 1 << 20]),
    }),
  );
  return {
    bytes: random.below(4) === 0 ? mutated(random, written, random.below(4)) : damaged(random, written),
    options: {
      types: random.below(4) === 0 ? new Map([["double", pick(random, ["number", "text"] as const)]]) : undefined,
      policy: pick(random, [undefined, "missing", "drop-row"] as const),
    },
  };
}

function isFirst<T extends { name: string }>({ name }: T, at: number, all: readonly T[]): boolean {
  return all.findIndex((other) => other.name === name) === at;
}

/** Some bytes changed, half of them in the footer, which all else hangs on. */
function damaged(random: Random, bytes: Uint8Array): Uint8Array {
  const result = bytes.slice();
  const footer = new DataView(bytes.buffer).getUint32(bytes.length - 8, true) + 8;
  for (let change = random.below(4); change >= 0; change--) {
    const at = random.below(2) === 0 ? bytes.length - 1 - random.below(footer) : random.below(bytes.length);
    result[at] = random.below(2) === 0 ? random.below(256) : result[at]! ^ (1 << random.below(8));
  }
  return result;
}
