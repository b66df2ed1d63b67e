import { Breather, csvHeader, csvPieces, MlsecError, Table, textColumn } from "@mlsec/preprocess";
import type { ConnectionRecord } from "../records/connection-record.js";
import type { KddBatch } from "./kdd-rows.js";
import { type KddCounts, type KddOptions, KddWindow } from "./kdd-window.js";

export interface KddFeaturesOptions extends KddOptions {
  /**
   * Most rows of a batch; default 4096. Rows are also given out where a batch of records has been worked through; of records
   * that come one by one, only so many together: say 1 for a verdict on each at once.
   */
  readonly batchRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called once at the end with what became of the records. */
  readonly onCounts?: ((counts: KddCounts) => void) | undefined;
}

/** Records one by one or in batches, as they are or as they come. */
export type ConnectionRecords =
  | Iterable<ConnectionRecord | readonly ConnectionRecord[]>
  | AsyncIterable<ConnectionRecord | readonly ConnectionRecord[]>;

/**
 * The 41 features of KDD'99 of a stream of connections, as batches of rows in the order in which the connections began; see
 * `KddWindow` for what they are. `readZeekConn`, `readSuricataEve` and meters of packets give such streams.
 *
 * @throws MlsecError `invalid-option`, `aborted`; what the stream throws.
 */
export async function* kddFeatures(
  records: ConnectionRecords,
  options: KddFeaturesOptions = {},
): AsyncGenerator<KddBatch> {
  const { batchRows = 4096, signal, onCounts } = options;
  if (!Number.isInteger(batchRows) || batchRows < 1) {
    throw new MlsecError("invalid-option", `batchRows must be a positive integer, not ${batchRows}.`, {
      got: batchRows,
    });
  }
  const window = new KddWindow(options);
  const breather = new Breather(signal);
  function* worked(item: ConnectionRecord | readonly ConnectionRecord[]): Generator<KddBatch> {
    if (!isBatch(item)) {
      window.push(item);
      if (window.ready >= batchRows) yield* pieces(window.take(), batchRows);
      return;
    }
    for (const record of item) {
      window.push(record);
      if (window.ready >= batchRows) yield* pieces(window.take(), batchRows);
    }
    if (window.ready > 0) yield window.take();
  }
  if (Symbol.asyncIterator in records) {
    for await (const item of records) {
      yield* worked(item);
      if (breather.due()) await breather.pause();
    }
  } else {
    for (const item of records) {
      yield* worked(item);
      if (breather.due()) await breather.pause();
    }
  }
  for (let isMore = true; isMore; ) {
    isMore = window.flush(batchRows);
    if (window.ready > 0) yield* pieces(window.take(), batchRows);
  }
  onCounts?.(window.counts);
}

function isBatch(item: ConnectionRecord | readonly ConnectionRecord[]): item is readonly ConnectionRecord[] {
  return Array.isArray(item);
}

/** A batch in batches of at most so many rows: one record can make many rows ready, where time has moved on. */
function* pieces(batch: KddBatch, most: number): Generator<KddBatch> {
  const { table, records, unavailable } = batch;
  if (table.rows <= most) {
    yield batch;
    return;
  }
  for (let from = 0; from < table.rows; from += most) {
    const to = Math.min(from + most, table.rows);
    const rows = Int32Array.from({ length: to - from }, (_, at) => from + at);
    yield { table: table.take(rows), records: records.slice(from, to), unavailable: unavailable.slice(from, to) };
  }
}

/** What says whose a row is, before its features: the time of the first packet in microseconds since 1970, and the ends. */
export const KDD_IDENTIFIERS: readonly string[] = /* @__PURE__ */ Object.freeze([
  ...["start", "src_ip", "src_port", "dst_ip", "dst_port"],
]);

/** The rows of a batch as a table with identifiers (`KDD_IDENTIFIERS`) before the features. */
export function identifiedKddTable({ table, records }: KddBatch): Table {
  return Table.of([
    ["start", { kind: "number", values: Float64Array.from(records, ({ start }) => start) }],
    ["src_ip", textColumn(records.map(({ source }) => source))],
    ["src_port", { kind: "number", values: Float64Array.from(records, ({ sourcePort }) => sourcePort) }],
    ["dst_ip", textColumn(records.map(({ destination }) => destination))],
    ["dst_port", { kind: "number", values: Float64Array.from(records, ({ destinationPort }) => destinationPort) }],
    ...table,
  ]);
}

/**
 * The features of a stream of connections as CSV text in pieces: a header, identifiers first (`KDD_IDENTIFIERS`), then NSL-KDD's
 * columns under its names.
 *
 * @throws as `kddFeatures`.
 */
export async function* kddCsv(records: ConnectionRecords, options: KddFeaturesOptions = {}): AsyncGenerator<string> {
  let hasHeader = false;
  for await (const batch of kddFeatures(records, options)) {
    const [header, ...rows] = csvPieces(identifiedKddTable(batch));
    if (!hasHeader) yield header!;
    hasHeader = true;
    yield* rows;
  }
  if (!hasHeader) yield `${csvHeader(identifiedKddTable(new KddWindow().take()).names)}\n`;
}
