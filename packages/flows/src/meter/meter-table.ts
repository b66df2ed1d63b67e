import { type Column, concatTables, csvHeader, csvPieces, MlsecError, Table, textColumn } from "@mlsec/preprocess";
import type { PacketSource } from "../packets/read-packets.js";
import { type FlowRecord, timestampText } from "./flow-record.js";
import { flowColumns, meterRecords } from "./meter-flows.js";
import { flowProfile, type MeterOptions } from "./options.js";

export interface MeterTableOptions extends MeterOptions {
  /** Flows of a table; the last one may have fewer. Default 65,536. */
  readonly batchRows?: number | undefined;
}

const DEFAULT_BATCH_ROWS = 65_536;

/**
 * Flows as a table: identifiers first, then the features, in the profile's order and names (`flowColumns`). Infinite and NaN
 * rates, which only `"cic2017"` has, stand in it as they are.
 *
 * @throws MlsecError `invalid-option`.
 */
export function flowTable(records: readonly FlowRecord[], options: MeterOptions): Table {
  const { identifiers, features } = flowColumns(options);
  const { isoTimestamps } = flowProfile(options).fixes;
  const text = (of: (record: FlowRecord) => string): Column => textColumn(records.map(of));
  const number = (of: (record: FlowRecord) => number): Column => ({
    kind: "number",
    values: Float64Array.from(records, of),
  });
  const first: Column[] = [
    text(({ id }) => id),
    text(({ source }) => source),
    number(({ sourcePort }) => sourcePort),
    text(({ destination }) => destination),
    number(({ destinationPort }) => destinationPort),
    number(({ protocol }) => protocol),
    text(({ start }) => timestampText(start, isoTimestamps, options.utcOffset ?? 0)),
  ];
  return Table.of([
    ...identifiers.map((name, k): [string, Column] => [name, first[k]!]),
    ...features.slice(1).map((name, k): [string, Column] => [name, number(({ values }) => values[k + 1]!)]),
  ]);
}

/** Flows as a table, and what they are. */
export interface FlowBatch {
  /** As `flowTable` makes it. */
  readonly table: Table;
  /** The record of each row. */
  readonly records: readonly FlowRecord[];
}

/**
 * Meters a capture into batches as flows end: those that ended with some packets come before the next bytes are asked for. What
 * a detector needs on live traffic.
 *
 * @throws as `meterFlows`.
 */
export async function* meterFlowBatches(source: PacketSource, options: MeterOptions): AsyncGenerator<FlowBatch> {
  for await (const records of meterRecords(source, options)) yield { table: flowTable(records, options), records };
}

/** Meters a capture into tables of `batchRows` flows. @throws as `meterFlows`. */
export async function* meterBatches(source: PacketSource, options: MeterTableOptions): AsyncGenerator<Table> {
  const { batchRows = DEFAULT_BATCH_ROWS } = options;
  if (!Number.isSafeInteger(batchRows) || batchRows < 1) {
    throw new MlsecError("invalid-option", `batchRows is a whole number of at least 1, not ${String(batchRows)}.`, {
      got: batchRows,
    });
  }
  let waiting: FlowRecord[] = [];
  for await (const records of meterRecords(source, options)) {
    for (const record of records) {
      waiting.push(record);
      if (waiting.length < batchRows) continue;
      yield flowTable(waiting, options);
      waiting = [];
    }
  }
  if (waiting.length > 0) yield flowTable(waiting, options);
}

/** Meters a capture into one table. @throws as `meterFlows`. */
export async function meterTable(source: PacketSource, options: MeterOptions): Promise<Table> {
  const tables: Table[] = [];
  for await (const table of meterBatches(source, options)) tables.push(table);
  return tables.length === 0 ? flowTable([], options) : concatTables(tables);
}

/**
 * Meters a capture into CSV text in pieces, header first, each piece as soon as its flows have ended: for files and pipes.
 * Numbers are written in their shortest form, what is no number as `NaN`, as the original does.
 *
 * @throws as `meterFlows`.
 */
export async function* meterCsv(source: PacketSource, options: MeterOptions): AsyncGenerator<string> {
  yield `${csvHeader(flowColumns(options).columns)}\n`;
  for await (const records of meterRecords(source, options)) {
    const [, ...rows] = csvPieces(flowTable(records, options), { missing: "NaN" });
    yield* rows;
  }
}
