import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { type Column, MlsecError, type ReadCsvOptions, readCsv, readCsvBatches, type Table } from "@mlsec/preprocess";
import type { Random } from "@mlsec/preprocess/numeric";
import { checkTable } from "./check-table.ts";
import { inChunks, mutated, pick, shownBytes } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

const DELIMITERS = [",", ",", ",", ",", ";", "\t", "|", " ", "-", "1"];
const LINE_ENDS = ["\n", "\n", "\r\n", "\r"];
const WORDS = ["", "NaN", "nan", "NA", "null", "inf", "-Infinity", "Infinity", "é", "–", "__proto__", "tcp", '"', "#"];

/** A valid CSV of some shape, in some encoding, then damaged; the ways to read it; sometimes packed, and damaged again. */
interface CsvCase {
  readonly bytes: Uint8Array;
  readonly options: ReadCsvOptions;
  readonly chunk: number;
  readonly batchRows: number;
}

interface Outcome {
  readonly kind: string;
  readonly columns: readonly [string, Column][];
  readonly told: readonly unknown[];
}

export const csvTarget: FuzzTarget = {
  name: "csv",
  maxPeakMB: 700,
  runCase: async (random) => {
    const csv = makeCase(random);
    const read = await outcomeOf(csv);
    const { WebAssembly: engine } = globalThis;
    // Without WebAssembly the same bytes are parsed by other code.
    Reflect.deleteProperty(globalThis, "WebAssembly");
    try {
      if (!isDeepStrictEqual(await outcomeOf(csv), read)) throw new Error("The kernel reads it otherwise.");
    } finally {
      Object.defineProperty(globalThis, "WebAssembly", { value: engine, configurable: true, writable: true });
    }
    return read.kind;
  },
  describe: (random) => {
    const { bytes, options, chunk, batchRows } = makeCase(random);
    const types = options.types instanceof Map ? Object.fromEntries(options.types) : options.types;
    return `options ${JSON.stringify({ ...options, types, chunk, batchRows })}, ${shownBytes(bytes)}`;
  },
};

/** All that reading gives: tables, or the error that ended it; what was found by the way. */
async function outcomeOf({ bytes, options, chunk, batchRows }: CsvCase): Promise<Outcome> {
  const source = chunk === 0 ? bytes : { open: () => inChunks(bytes, chunk) };
  const told: unknown[] = [];
  const heard: ReadCsvOptions = {
    ...options,
    onIssues: ({ first, counts }) => told.push(first, counts),
    onNotice: (notice) => told.push(notice),
  };
  const columns: [string, Column][] = [];
  const take = (table: Table, mostRows?: number): void => {
    checkTable(table, mostRows);
    columns.push(...table);
  };
  try {
    if (batchRows === 0) take(await readCsv(source, heard));
    else for await (const table of readCsvBatches(source, { ...heard, batchRows })) take(table, batchRows);
    return { kind: batchRows === 0 ? "ok" : "ok (batches)", columns, told };
  } catch (error) {
    if (error instanceof MlsecError) return { kind: error.code, columns, told: [...told, error.message] };
    throw error;
  }
}

function makeCase(random: Random): CsvCase {
  const delimiter = pick(random, DELIMITERS);
  let bytes = mutated(random, encoded(random, makeCsv(random, delimiter)), random.below(6));
  if (random.below(40) === 0) bytes = mutated(random, new Uint8Array(gzipSync(bytes)), random.below(3));
  return {
    bytes,
    options: makeOptions(random, delimiter),
    // Chunks as small as they can be, but not so many that handing them over is all that takes time.
    chunk: random.below(3) === 0 ? 1 + random.below(40) + Math.floor(bytes.length / 5000) : 0,
    batchRows: random.below(6) === 0 ? 1 + random.below(10) : 0,
  };
}

function makeCsv(random: Random, delimiter: string): string {
  const columns = 1 + (random.below(200) === 0 ? random.below(300) : random.below(8));
  const rows = random.below(100) === 0 ? random.below(700) : random.below(12);
  const end = pick(random, LINE_ENDS);
  const line = (make: (column: number) => string): string =>
    Array.from({ length: columns }, (_, column) => make(column)).join(delimiter) + end;
  let text = random.below(10) === 0 ? "\uFEFF" : "";
  if (random.below(15) === 0) text += `# comment "${end}`;
  text += line((column) => (random.below(60) === 0 ? "a" : `c${column}`));
  const kinds = Array.from({ length: columns }, () => random.below(4));
  for (let row = 0; row < rows; row++) {
    text += line((column) => cell(random, random.below(40) === 0 ? random.below(4) : kinds[column]!));
  }
  return text;
}

function cell(random: Random, kind: number): string {
  if (kind === 0) return String(random.below(1000));
  if (kind === 1) return numberText(random);
  const word = pick(random, WORDS);
  if (kind === 2) return word.replaceAll('"', "");
  return `"${`${word}\n,${random.below(5)}`.slice(0, random.below(6)).replaceAll('"', '""')}"`;
}

function numberText(random: Random): string {
  const digits = (most: number): string => Array.from({ length: random.below(most) }, () => random.below(10)).join("");
  const sign = pick(random, ["", "", "-", "+"]);
  const exponent = random.below(4) === 0 ? `e${pick(random, ["", "-", "+"])}${random.below(400)}` : "";
  return `${sign}${digits(24)}.${digits(24)}${exponent}`;
}

function encoded(random: Random, text: string): Uint8Array {
  const form = random.below(20);
  if (form === 0)
    return Uint8Array.from(text, (character) => (character === "–" ? 0x96 : character.charCodeAt(0) & 255));
  if (form === 1) return new Uint8Array(Buffer.from(`\uFEFF${text}`, "utf16le"));
  return new TextEncoder().encode(text);
}

function makeOptions(random: Random, delimiter: string): ReadCsvOptions {
  const often = random.below(3) > 0;
  return {
    delimiter: random.below(20) === 0 ? "auto" : delimiter,
    headers: random.below(3) === 0 ? "suffix" : random.below(20) === 0 ? ["c0", "b", "c"] : undefined,
    policy: often ? undefined : pick(random, ["missing", "drop-row"] as const),
    types: random.below(5) === 0 ? new Map([["c0", pick(random, ["number", "text"] as const)]]) : undefined,
    select: random.below(10) === 0 ? ["c0"] : undefined,
    encoding: random.below(10) === 0 ? pick(random, ["utf-8", "windows-1252"] as const) : undefined,
    comment: random.below(10) === 0 && delimiter !== "#" ? "#" : undefined,
    missing: random.below(20) === 0 ? ["tcp", "?"] : undefined,
    maxRows: random.below(20) === 0 ? 1 + random.below(5) : undefined,
    sample: random.below(20) === 0 ? { rows: 1 + random.below(5), seed: random.below(100) } : undefined,
  };
}
