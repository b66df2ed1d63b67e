import type { FileMetaData } from "hyparquet";
import { MlsecError } from "../errors.js";
import { corrupt } from "./corrupt.js";
import { MAX_FOOTER_BYTES } from "./limits.js";
import type { Hyparquet } from "./peers.js";
import type { ParquetFile } from "./source.js";
import { ThriftWalker } from "./thrift.js";

/** Four bytes of length and the word PAR1. */
const TAIL_BYTES = 8;

/** The footer of a file, walked before hyparquet parses it. @throws MlsecError `parquet-corrupt`, `parquet-too-large`. */
export async function readMetadata(hyparquet: Hyparquet, file: ParquetFile): Promise<FileMetaData> {
  if (file.byteLength < TAIL_BYTES) throw corrupt("it is too short to be a Parquet file");
  const tail = new DataView(await file.slice(file.byteLength - TAIL_BYTES, file.byteLength));
  const word = new TextDecoder().decode(new Uint8Array(tail.buffer, 4));
  if (word === "PARE") {
    throw new MlsecError("parquet-unsupported", "The Parquet file is encrypted. Write it without encryption.");
  }
  if (word !== "PAR1") throw corrupt("it does not end in PAR1. Is it a Parquet file, and all of it?");
  const length = tail.getUint32(0, true);
  if (length > file.byteLength - TAIL_BYTES) throw corrupt(`its footer of ${length} bytes is longer than the file`);
  if (length > MAX_FOOTER_BYTES) {
    throw new MlsecError("parquet-too-large", `The footer has ${length} bytes, more than ${MAX_FOOTER_BYTES}.`, {
      got: length,
      limit: MAX_FOOTER_BYTES,
    });
  }
  const footer = await file.slice(file.byteLength - TAIL_BYTES - length, file.byteLength);
  new ThriftWalker(new Uint8Array(footer, 0, length)).struct();
  const options = { geoparquet: false, parsers: { stringFromBytes: () => undefined } };
  try {
    const metadata = hyparquet.parquetMetadata(footer, options);
    if (hasShape(metadata)) return metadata;
  } catch (cause) {
    throw corrupt("its footer cannot be read", {}, cause);
  }
  throw corrupt("its footer lacks what it must say of rows and columns");
}

/** hyparquet takes each field for what it should be; a damaged footer may lack it, or hold another type. */
function hasShape({ num_rows, schema, row_groups }: FileMetaData): boolean {
  const chunks = row_groups.flatMap((group) => group.columns.flatMap(({ meta_data }) => meta_data ?? []));
  return (
    isWord(num_rows) &&
    schema.every(({ name, num_children = 0, scale = 0 }) => isText(name) && isCount(num_children) && isCount(scale)) &&
    row_groups.every((group) => isWord(group.num_rows)) &&
    chunks.every(
      ({ path_in_schema: path, codec, total_compressed_size: size, data_page_offset, dictionary_page_offset = 0n }) =>
        Array.isArray(path) &&
        path.length > 0 &&
        path.every(isText) &&
        isText(codec) &&
        [size, data_page_offset, dictionary_page_offset].every(isWord),
    )
  );
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isWord(value: unknown): boolean {
  return typeof value === "bigint" && value >= 0n;
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}
