/** Longest record that is read, in bytes: a stray quote must not swallow a whole file into memory. */
export const MAX_RECORD_BYTES: number = 16 * 1024 * 1024;

/**
 * Most columns of a file, and most fields of a ragged row. Flow files have about a hundred; a binary file read as CSV can
 * seem to have millions.
 */
export const MAX_COLUMNS = 65_536;

/** Issues that an error quotes; all of them are counted. */
export const MAX_REPORTED_ISSUES = 20;

/** Issues that are kept as examples of one kind of fault in one column. */
export const MAX_EXAMPLES = 3;

/**
 * How many times larger than its gzip a CSV may be. Flow files shrink to a tenth or a twentieth; gzip cannot go beyond
 * 1,032, and what comes near it was made to fill the memory of its reader.
 */
export const MAX_GZIP_RATIO = 400;

/** Unpacked bytes from which on `MAX_GZIP_RATIO` counts: a small file can do no harm. */
export const MIN_GZIP_BYTES_LIMITED: number = 64 * 1024 * 1024;
