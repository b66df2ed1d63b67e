import type { RowGroup, SchemaElement } from "hyparquet";
import { MlsecError } from "../errors.js";
import { Undecodable } from "./builders.js";
import { corrupt } from "./corrupt.js";
import type { LogicalType } from "./logical-type.js";
import { checkedPages } from "./pages.js";
import { type Hyparquet, loadDecompressor } from "./peers.js";
import type { ParquetFile } from "./source.js";

/** Cells of consecutive rows, as the decoder gives them: null where missing. */
export interface Run {
  readonly cells: ArrayLike<unknown>;
  /** Row of the first one, counted from the start of the row group. */
  readonly start: number;
}

/** hyparquet asks the decompressor that goes by this name for every page, as it would for LZO. */
const CHECKED = "LZO";

/**
 * The cells of one column in one row group. The decoder is shown this chunk as a file of its own, whose pages have been
 * decompressed and checked already.
 *
 * @throws MlsecError `parquet-corrupt`, `parquet-unsupported`, `missing-peer`.
 */
export async function readChunk(
  hyparquet: Hyparquet,
  file: ParquetFile,
  group: RowGroup,
  element: SchemaElement,
  type: LogicalType,
): Promise<Run[]> {
  const column = element.name;
  const rows = Number(group.num_rows);
  const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column);
  const meta = chunk?.meta_data;
  if (
    group.columns.some(({ crypto_metadata, meta_data }) => crypto_metadata !== undefined || meta_data === undefined)
  ) {
    throw new MlsecError(
      "parquet-unsupported",
      "Columns of the Parquet file are encrypted. Write it without encryption.",
    );
  }
  if (meta === undefined || meta.type !== element.type)
    throw corrupt(`a row group lacks column ${JSON.stringify(column)}`);
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const size = Number(meta.total_compressed_size);
  if (!(start >= 0 && size >= 0 && start + size <= file.byteLength)) {
    throw corrupt(`column ${JSON.stringify(column)} lies outside of the file`);
  }
  const buffer = await file.slice(start, start + size);
  if (buffer.byteLength !== size) throw corrupt(`column ${JSON.stringify(column)} ends too early`);
  const pages = checkedPages(new Uint8Array(buffer), {
    column,
    rows,
    isOptional: element.repetition_type !== "REQUIRED",
    isBoolean: element.type === "BOOLEAN",
    decompress: await loadDecompressor(hyparquet, meta.codec),
  });

  let next = 0;
  const runs: Run[] = [];
  try {
    await hyparquet.parquetRead({
      file: { byteLength: size, slice: (from, to) => buffer.slice(from, to) },
      metadata: {
        version: 2,
        metadata_length: 0,
        num_rows: BigInt(rows),
        schema: [{ name: "root", num_children: 1 }, type.stored],
        row_groups: [
          {
            num_rows: BigInt(rows),
            total_byte_size: BigInt(size),
            columns: [
              {
                file_offset: 0n,
                meta_data: {
                  type: meta.type,
                  encodings: meta.encodings,
                  path_in_schema: [column],
                  codec: CHECKED,
                  num_values: BigInt(rows),
                  total_compressed_size: BigInt(size),
                  total_uncompressed_size: BigInt(size),
                  data_page_offset: 0n,
                },
              },
            ],
          },
        ],
      },
      compressors: { [CHECKED]: () => pages[next++]! },
      utf8: type.kind === "text",
      geoparquet: false,
      parsers: { stringFromBytes: decodeText, timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds },
      // Must not throw: the decoder does not wait for it.
      onChunk: ({ columnData, rowStart }) => runs.push({ cells: columnData, start: rowStart }),
    });
  } catch (cause) {
    throw corrupt(`column ${JSON.stringify(column)} cannot be decoded`, { column }, cause);
  }
  const cells = runs.reduce((sum, run) => sum + run.cells.length, 0);
  if (cells !== rows)
    throw corrupt(`column ${JSON.stringify(column)} holds ${cells} values where there are ${rows} rows`);
  return runs;
}

const strict: TextDecoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string | Undecodable {
  try {
    return strict.decode(bytes);
  } catch {
    return new Undecodable(new TextDecoder().decode(bytes));
  }
}
