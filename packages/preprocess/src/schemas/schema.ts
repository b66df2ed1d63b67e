import type { ColumnType } from "../by-name.js";

/**
 * What a column of a dataset is for: a `feature` may be learned from; the `label` is what is to be learned; an
 * `identifier` names the flow, its hosts or its time; a `leak` derives from the label. A model that sees one of the last
 * two learns the recording, not the attack.
 */
export type ColumnRole = "feature" | "label" | "identifier" | "leak";

/** One column of a dataset, as data. */
export interface SchemaColumn {
  /** The name that models of this dataset know, spaces included. */
  readonly name: string;
  readonly type: ColumnType;
  readonly role: ColumnRole;
  /** Least and greatest valid number. Without a bound any finite number on that side is valid; infinities never are. */
  readonly min?: number;
  readonly max?: number;
  /** What a number counts or measures: `µs`, `bytes`, `packets/s`. Absent for ratios, ports and what is not known. */
  readonly unit?: string;
  /** All valid texts, where they are known. */
  readonly values?: readonly string[];
  /** Other names of the same column in files in circulation. They count only where the reader asks for them. */
  readonly aliases: readonly string[];
  /** The column that this one repeats, cell by cell, where the dataset names one twice. */
  readonly copyOf?: string;
}

/** A dataset's columns in their order. */
export interface DatasetSchema {
  readonly name: string;
  readonly columns: readonly SchemaColumn[];
}

/** The names of a schema's columns of one role, in order. */
export function columnsOfRole(schema: DatasetSchema, role: ColumnRole): string[] {
  return schema.columns.filter((column) => column.role === role).map(({ name }) => name);
}
