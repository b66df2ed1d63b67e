export type { ReadIssue, ReadIssues, ReadPolicy } from "../read-issues.js";
export { type ReadParquetOptions, readParquet } from "./read.js";
export type { ParquetFile, ParquetSource } from "./source.js";
