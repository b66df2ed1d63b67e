/** Longest record that is read, in bytes: a stray quote must not swallow a whole file into memory. */
export const MAX_RECORD_BYTES: number = 16 * 1024 * 1024;

/** Most columns of a file. Flow files have about a hundred; a binary file read as CSV can seem to have millions. */
export const MAX_COLUMNS = 65_536;

/** Issues that an error quotes; all of them are counted. */
export const MAX_REPORTED_ISSUES = 20;

/** Issues that are kept as examples of one kind of fault in one column. */
export const MAX_EXAMPLES = 3;
