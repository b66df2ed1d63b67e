import { MlsecError } from "../errors.js";
import { corrupt } from "./corrupt.js";
import { MAX_DELTA_BLOCK, MAX_PAGE_BYTES } from "./limits.js";
import { checkRuns } from "./runs.js";
import { type ThriftStruct, ThriftWalker } from "./thrift.js";

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;

const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const DELTA_BINARY_PACKED = 5;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const RLE_DICTIONARY = 8;
const BYTE_STREAM_SPLIT = 9;

/** Decompresses one page to `length` bytes. */
export type Decompress = (page: Uint8Array, length: number) => Uint8Array;

/** The column chunk that pages belong to. */
export interface ChunkFacts {
  readonly column: string;
  readonly isOptional: boolean;
  readonly isBoolean: boolean;
  readonly rows: number;
  readonly decompress: Decompress;
}

/**
 * Decompresses the pages of a flat column chunk, and checks of them what a decoder might believe at the cost of endless
 * memory or time: sizes, numbers of values, runs, and that dictionaries come before what refers to them.
 *
 * @returns the compressed parts of the pages, decompressed, in their order.
 * @throws MlsecError `parquet-corrupt`, `parquet-unsupported`.
 */
export function checkedPages(chunk: Uint8Array, facts: ChunkFacts): Uint8Array[] {
  const pages: Uint8Array[] = [];
  let dictionary = -1;
  let rows = 0;
  // Readers stop a byte before the end as well: some writers count one byte too many.
  for (let at = 0; at < chunk.length - 1 && rows < facts.rows; ) {
    const walker = new ThriftWalker(chunk, at);
    const header = walker.struct();
    const size = integer(header, 3, chunk.length - walker.at);
    const uncompressed = integer(header, 2, MAX_PAGE_BYTES);
    const body = chunk.subarray(walker.at, walker.at + size);
    at = walker.at + size;
    const type = header.integers.get(1);
    if (type === DICTIONARY_PAGE) {
      // A value of a dictionary takes at least one bit.
      dictionary = integer(struct(header, 7), 1, uncompressed * 8);
      pages.push(unpack(body, uncompressed, facts));
    } else if (type === DATA_PAGE) {
      const page = unpack(body, uncompressed, facts);
      pages.push(page);
      rows += checkDataPage(page, struct(header, 5), dictionary, facts, facts.rows - rows);
    } else if (type === DATA_PAGE_V2) {
      rows += checkDataPageV2(body, uncompressed, struct(header, 8), dictionary, facts, facts.rows - rows, pages);
    } else {
      throw corrupt(`column ${JSON.stringify(facts.column)} has a page of unknown type ${type}`);
    }
  }
  if (rows !== facts.rows) {
    throw corrupt(`column ${JSON.stringify(facts.column)} holds ${rows} values where there are ${facts.rows} rows`);
  }
  return pages;
}

function checkDataPage(
  page: Uint8Array,
  header: ThriftStruct,
  dictionary: number,
  facts: ChunkFacts,
  left: number,
): number {
  const count = integer(header, 1, left);
  let values = page;
  let present = count;
  if (facts.isOptional) {
    const levels = sizedSection(page);
    present = checkRuns(levels, 1, count);
    values = page.subarray(4 + levels.length);
  }
  checkValues(values, header.integers.get(2), present, dictionary, facts);
  return count;
}

function checkDataPageV2(
  body: Uint8Array,
  uncompressed: number,
  header: ThriftStruct,
  dictionary: number,
  facts: ChunkFacts,
  left: number,
  pages: Uint8Array[],
): number {
  const count = integer(header, 1, left);
  const nulls = integer(header, 2, count);
  const levelBytes = integer(header, 5, Math.min(body.length, uncompressed));
  if (integer(header, 6, body.length) !== 0) throw corrupt("a column without lists has repetition levels");
  const present = facts.isOptional ? checkRuns(body.subarray(0, levelBytes), 1, count) : count;
  if (present !== count - nulls) throw corrupt(`a page announces ${nulls} nulls and has ${count - present}`);
  let values = body.subarray(levelBytes);
  if (header.integers.get(7) !== 0) {
    values = unpack(values, uncompressed - levelBytes, facts);
    pages.push(values);
  }
  checkValues(values, header.integers.get(4), present, dictionary, facts);
  return count;
}

function checkValues(
  values: Uint8Array,
  encoding: number | undefined,
  count: number,
  dictionary: number,
  { column, isBoolean }: ChunkFacts,
): void {
  switch (encoding) {
    case PLAIN:
    case BYTE_STREAM_SPLIT:
      return;
    case PLAIN_DICTIONARY:
    case RLE_DICTIONARY:
      if (dictionary === -1 || (dictionary === 0 && count > 0))
        throw corrupt("a page refers to a dictionary that is not there");
      if (count > 0) checkRuns(values.subarray(1), values[0] ?? 0, count);
      return;
    case RLE:
      if (!isBoolean) throw corrupt("values other than booleans are packed in runs");
      checkRuns(sizedSection(values), 1, count);
      return;
    case DELTA_BINARY_PACKED:
    case DELTA_LENGTH_BYTE_ARRAY:
      checkDeltaHeader(values);
      return;
    default:
      throw new MlsecError(
        "parquet-unsupported",
        `Column ${JSON.stringify(column)} is in encoding ${encoding}, which is not read. Write it plain or with a dictionary, or leave it out with select.`,
        { column, encoding },
      );
  }
}

/** Blocks of a multiple of 128 values, in miniblocks of a multiple of 32, as Encodings.md asks for: else, decoders may hang. */
function checkDeltaHeader(values: Uint8Array): void {
  const header = new ThriftWalker(values);
  const block = header.varint();
  const perMiniblock = block / header.varint();
  if (!(block > 0 && block <= MAX_DELTA_BLOCK && block % 128 === 0 && perMiniblock % 32 === 0)) {
    throw corrupt(`it packs differences in blocks of ${block} values, ${perMiniblock} together`);
  }
}

/** The bytes of a section that its length precedes, in four bytes. */
function sizedSection(bytes: Uint8Array): Uint8Array {
  const size = bytes.length < 4 ? Number.NaN : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  if (!(size <= bytes.length - 4)) throw corrupt("a section of a page is longer than the page");
  return bytes.subarray(4, 4 + size);
}

function unpack(page: Uint8Array, length: number, { column, decompress }: ChunkFacts): Uint8Array {
  let unpacked: Uint8Array;
  try {
    // Where nothing was compressed, writers do not agree on what stands for it.
    unpacked = length === 0 ? new Uint8Array(0) : decompress(page, length);
  } catch (cause) {
    if (cause instanceof MlsecError) throw cause;
    throw corrupt(`a page of column ${JSON.stringify(column)} cannot be decompressed`, { column }, cause);
  }
  if (unpacked.length !== length) {
    throw corrupt(`a page of column ${JSON.stringify(column)} has ${unpacked.length} bytes instead of ${length}`, {
      column,
    });
  }
  return unpacked;
}

function struct(header: ThriftStruct, id: number): ThriftStruct {
  const found = header.structs.get(id);
  if (found === undefined) throw corrupt(`a page header lacks its field ${id}`);
  return found;
}

function integer(header: ThriftStruct, id: number, most: number): number {
  const value = header.integers.get(id);
  if (value === undefined || value < 0 || value > most) {
    throw corrupt(`field ${id} of a page header is ${value}, not 0 to ${most}`);
  }
  return value;
}
