/** Longest line that is read, in bytes, as long as a CSV record may be. */
export const MAX_LINE_BYTES: number = 16 * 1024 * 1024;

/** Most columns of a table made of lines. Flow files have about a hundred, event logs some hundreds. */
export const MAX_COLUMNS = 4096;

/**
 * Most cells for each byte of the source, from `MIN_CELLS_LIMITED` on. A cell that is there takes at least five bytes, one
 * that is not takes none: without a bound, lines with ever new names would make a huge table of a small file.
 */
export const MAX_CELLS_PER_BYTE = 4;

/** Cells from which on `MAX_CELLS_PER_BYTE` counts: a small table can do no harm. */
export const MIN_CELLS_LIMITED: number = 32 * 1024 * 1024;
