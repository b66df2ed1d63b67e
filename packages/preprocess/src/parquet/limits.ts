/** Largest footer, in bytes. It holds a few hundred bytes for each column of each row group. */
export const MAX_FOOTER_BYTES: number = 64 * 1024 * 1024;

/** Most columns of a file. Flow files have about a hundred. */
export const MAX_COLUMNS = 65_536;

/** Most rows of a row group: a page of some bytes can stand for any number of equal values. pyarrow's most is the same. */
export const MAX_GROUP_ROWS: number = 64 * 1024 * 1024;

/** Most rows of a file, so that a column stays under 2 GiB. */
export const MAX_ROWS: number = 256 * 1024 * 1024;

/** Largest page, decompressed, in bytes. Writers aim at 1 MiB. */
export const MAX_PAGE_BYTES: number = 256 * 1024 * 1024;

/** Deepest nesting in Thrift structures; Parquet's own go to six. */
export const MAX_THRIFT_DEPTH = 16;

/** Longest decimal, in bytes: 38 digits take 16. */
export const MAX_DECIMAL_BYTES = 64;

/** Most values of a block of packed differences; writers use 128 to 1,024. */
export const MAX_DELTA_BLOCK: number = 1 << 20;
