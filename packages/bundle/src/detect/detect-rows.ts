import {
  type CsvOptions,
  type CsvSource,
  csvHeader,
  MlsecError,
  readCsvRecords,
  readJsonLinesRecords,
  rowsWhere,
} from "@mlsec/preprocess";
import { type DetectColumnsOptions, type Detector, placed, type VerdictColumns } from "./detector.js";
import { CsvRowWriter, JsonRowWriter, type RowWriter, type WrittenRows } from "./row-writer.js";
import { type RowsSummary, RowsTally } from "./rows-tally.js";

export interface DetectRowsOptions extends DetectColumnsOptions {
  /** What the bytes are, and become: CSV (the default) or JSON lines, one object a line. */
  readonly format?: "csv" | "json-lines" | undefined;
  /** What the added columns are called. Default `prediction` and `probability`. */
  readonly names?: { readonly prediction: string; readonly probability: string } | undefined;
  /** Of CSV, as for `readCsv`. A file without a header gets one. */
  readonly headers?: CsvOptions["headers"];
  /** Of CSV, as for `readCsv`. */
  readonly delimiter?: CsvOptions["delimiter"];
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read so far, as they are stored, packed or not. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** A cell that a row is refused for. */
interface Cell {
  readonly column: string;
  readonly value: string;
}

/** Rows of a table that are judged together: few enough for the processor's cache. */
const BATCH_ROWS = 4096;

/**
 * Judges every row of a source and gives the rows out again, to the byte as they came but for the two columns at their end:
 * the class and its probability (see `Verdict.probability`). Bytes come as they are asked for, one batch of rows is in memory
 * at a time, and the source may be endless.
 *
 * CSV keeps its delimiter, quotes, encoding, byte order mark and kind of line end; empty lines go. JSON lines get two members
 * more. Under `invalidRows: "skip"` rows that cannot be judged stay, with empty columns (`null` in JSON); those of the wrong
 * number of fields are filled up, or, where they are too long, as they were; lines that are no objects are as they were.
 */
export class DetectedRows implements AsyncIterable<Uint8Array> {
  /** Grows with the rows that were given out. */
  readonly summary: RowsSummary;
  private readonly tally: RowsTally;

  /** @internal `detectRows` makes one. */
  constructor(
    private readonly detector: Detector,
    private readonly source: CsvSource,
    private readonly options: DetectRowsOptions,
  ) {
    this.tally = new RowsTally(detector.classes);
    this.summary = this.tally.summary;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { invalidRows = "error" } = this.options;
    const batches = this.options.format === "json-lines" ? this.jsonBatches() : this.csvBatches();
    for await (const { rows, writer } of batches) {
      const { codes, probabilities, report } = this.judge(rows);
      if (invalidRows === "error") this.requireVerdicts(rows, codes);
      this.tally.add(codes, report);
      yield writer.write(rows, codes, probabilities);
    }
  }

  /** As `detectColumns`; rows that could not be read in full get no verdict. */
  private judge({ table, faultyRows }: WrittenRows): Omit<VerdictColumns, "extraColumns"> {
    if (faultyRows.size === 0) return this.detector.detectColumns(table, { invalidRows: "skip" });
    const whole = rowsWhere(table.rows, (row) => !faultyRows.has(row));
    const judged = this.detector.detectColumns(table.take(whole), { invalidRows: "skip" });
    return { ...placed(judged, whole, table.rows), report: judged.report };
  }

  private async *csvBatches(): AsyncGenerator<{ rows: WrittenRows; writer: RowWriter }> {
    const { detector, options, source } = this;
    let names: readonly string[] = [];
    let writer: CsvRowWriter | undefined;
    const batches = readCsvRecords(source, {
      headers: options.headers,
      delimiter: options.delimiter,
      select: [...detector.inputTypes.keys()],
      types: detector.inputTypes,
      policy: options.invalidRows === "skip" ? "missing" : "error",
      batchRows: BATCH_ROWS,
      signal: options.signal,
      onProgress: (bytes) => options.onProgress?.(bytes),
      onHeader: (columns) => {
        names = columns;
        this.fitColumns(columns);
      },
    });
    for await (const rows of batches) {
      if (writer === undefined) {
        writer = new CsvRowWriter(detector.classes, rows.form, names.length);
        const header = Array.isArray(options.headers)
          ? csvHeader(names, { delimiter: rows.form.delimiter })
          : rows.form.header;
        yield { rows, writer: writer.startingWith(header, this.addedNames) };
      } else yield { rows, writer };
    }
  }

  private async *jsonBatches(): AsyncGenerator<{ rows: WrittenRows; writer: RowWriter }> {
    const { detector, options, source } = this;
    const writer = new JsonRowWriter(detector.classes, this.addedNames);
    const batches = readJsonLinesRecords(source, {
      select: [...detector.inputTypes.keys()],
      types: detector.inputTypes,
      policy: options.invalidRows === "skip" ? "missing" : "error",
      batchRows: BATCH_ROWS,
      signal: options.signal,
      onProgress: options.onProgress,
    });
    for await (const { otherNames, ...rows } of batches) {
      this.fitColumns([...rows.table.names, ...otherNames]);
      yield { rows, writer };
    }
  }

  private get addedNames(): readonly string[] {
    const { prediction, probability } = this.options.names ?? { prediction: "prediction", probability: "probability" };
    return [prediction, probability];
  }

  private fitColumns(columns: readonly string[]): void {
    const taken = this.addedNames.find((name) => columns.includes(name));
    if (taken !== undefined) {
      throw new MlsecError(
        "name-taken",
        `The rows have a column ${JSON.stringify(taken)} already. Rename it, or say with names what the added columns are called.`,
        { column: taken },
      );
    }
    this.tally.addExtra(this.detector.fitColumns(columns, this.options.extraColumns));
  }

  /** @throws MlsecError `not-finite`, for the first row without a verdict. */
  private requireVerdicts({ table, firstRow }: WrittenRows, codes: Int32Array): void {
    const row = codes.indexOf(-1);
    if (row === -1) return;
    try {
      this.detector.detectColumns(table.take(Int32Array.of(row)));
    } catch (error) {
      if (!(error instanceof MlsecError) || error.code !== "not-finite") throw error;
      // A table of one row calls it the first.
      const { cells, column, got } = error.details as { cells?: readonly Cell[]; column?: string; got?: number };
      const [cell = { column, value: `${got} after preprocessing` }] = cells ?? [];
      throw new MlsecError(
        "not-finite",
        `Row ${firstRow + row + 1}, column ${JSON.stringify(cell.column)}: ${cell.value}. Rows with missing, infinite or too large numbers cannot be judged. Repair or remove them, or have them skipped.`,
        { row: firstRow + row, column: cell.column, got: cell.value },
        { cause: error },
      );
    }
  }
}

/**
 * Judges every row of a source and gives the rows out with a verdict each: bytes in, bytes out. See `DetectedRows`.
 *
 * @param source CSV or JSON lines, as `readCsv` takes them: text, bytes, a file, a stream, packed with gzip or not.
 * @throws in its iteration: MlsecError `missing-feature`, `extra-columns`, `name-taken`, `not-finite`, and what `readCsv` and
 *   `readJsonLines` throw.
 */
export function detectRows(detector: Detector, source: CsvSource, options: DetectRowsOptions = {}): DetectedRows {
  return new DetectedRows(detector, source, options);
}

/** Two ends of a stream, for `pipeThrough`, and what became of the rows so far. */
export interface DetectStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly summary: RowsSummary;
}

/**
 * `detectRows` as a transform stream: `upload.pipeThrough(detectStream(detector)).pipeTo(download)`. It takes no more bytes
 * than its reader asks for. An error ends both sides.
 */
export function detectStream(detector: Detector, options: DetectRowsOptions = {}): DetectStream {
  let fail: (error: unknown) => void = () => undefined;
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      fail = (error) => controller.error(error);
    },
  });
  const reader = readable.getReader();
  // Without a `return`: only here is it known with what error the other side ends.
  const source = { [Symbol.asyncIterator]: () => ({ next: () => reader.read() }) } as AsyncIterable<Uint8Array>;
  const detected = detectRows(detector, source, options);
  const chunks = detected[Symbol.asyncIterator]();
  const judged = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          fail(error);
          throw error;
        }
      },
      async cancel(reason) {
        await chunks.return(undefined);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { readable: judged, writable, summary: detected.summary };
}
