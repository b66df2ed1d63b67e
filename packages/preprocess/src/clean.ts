import { type Column, columnLength, Table } from "./table.js";

/** A cleaned table and what cleaning did to it. */
export interface Cleaned {
  readonly table: Table;
  readonly droppedRows: number;
  /** Rows of which a cell was changed; 0 where cleaning drops. */
  readonly changedRows: number;
  /** Columns that were taken away. */
  readonly droppedColumns: readonly string[];
  /** Offending cells per column, dropped with their rows or changed, for the columns that have any. */
  readonly cells: ReadonlyMap<string, number>;
}

/** Drops the rows that have a missing cell in any column. */
export function dropMissing(table: Table): Cleaned {
  return dropWhere(table, (column) =>
    column.kind === "number" ? (row) => Number.isNaN(column.values[row]) : (row) => column.codes[row]! < 0,
  );
}

/** Drops the rows that have +∞ or −∞ in any numeric column. */
export function dropInfinite(table: Table): Cleaned {
  return dropWhere(table, (column) =>
    column.kind === "number"
      ? (row) => column.values[row] === Number.POSITIVE_INFINITY || column.values[row] === Number.NEGATIVE_INFINITY
      : () => false,
  );
}

/**
 * Drops the columns whose cells are all equal: they tell rows apart in nothing. Missing cells count as a value, so a
 * column that is missing in some rows and one number in the others stays. In a table without rows every column stays.
 *
 * @param columns the columns to look at; default all.
 * @throws MlsecError `missing-column`.
 */
export function dropConstant(table: Table, columns: readonly string[] = table.names): Cleaned {
  const droppedColumns = columns.filter((name) => isConstant(table.column(name)));
  return {
    ...untouched(table),
    table: droppedColumns.length === 0 ? table : table.drop(droppedColumns),
    droppedColumns,
  };
}

/** The report of a cleaning that found nothing to do. */
export function untouched(table: Table): Cleaned {
  return { table, droppedRows: 0, changedRows: 0, droppedColumns: [], cells: new Map() };
}

/** The rows for which `keep` is 1, in their order. */
export function keepRows(table: Table, keep: Uint8Array, cells: ReadonlyMap<string, number> = new Map()): Cleaned {
  const rows = new Int32Array(table.rows);
  let kept = 0;
  for (let row = 0; row < table.rows; row++) if (keep[row] === 1) rows[kept++] = row;
  const droppedRows = table.rows - kept;
  return {
    ...untouched(table),
    table: droppedRows === 0 ? table : table.take(rows.subarray(0, kept)),
    droppedRows,
    cells,
  };
}

/**
 * The table with some columns replaced by what `change` makes of them; null leaves one as it is. `change` calls `touch`
 * for every row in which it changes the cell.
 */
export function changeColumns(
  table: Table,
  names: readonly string[],
  change: (column: Column, name: string, touch: (row: number) => void) => Column | null,
): Cleaned {
  const changed = new Map<string, Column>();
  const cells = new Map<string, number>();
  const rows = new Uint8Array(table.rows);
  let changedRows = 0;
  for (const name of new Set(names)) {
    let count = 0;
    const column = change(table.column(name), name, (row) => {
      count++;
      changedRows += 1 - rows[row]!;
      rows[row] = 1;
    });
    if (count === 0 || column === null) continue;
    cells.set(name, count);
    changed.set(name, column);
  }
  if (changed.size === 0) return untouched(table);
  const columns = [...table].map(([name, column]): [string, Column] => [name, changed.get(name) ?? column]);
  return { ...untouched(table), table: Table.of(columns), changedRows, cells };
}

function dropWhere(table: Table, testOf: (column: Column) => (row: number) => boolean): Cleaned {
  const keep = new Uint8Array(table.rows).fill(1);
  const cells = new Map<string, number>();
  for (const [name, column] of table) {
    const isBad = testOf(column);
    let count = 0;
    for (let row = 0; row < table.rows; row++) {
      if (isBad(row)) {
        keep[row] = 0;
        count++;
      }
    }
    if (count > 0) cells.set(name, count);
  }
  return keepRows(table, keep, cells);
}

function isConstant(column: Column): boolean {
  const length = columnLength(column);
  if (length === 0) return false;
  if (column.kind === "text") return column.codes.every((code) => code === column.codes[0]);
  const [first] = column.values;
  return Number.isNaN(first)
    ? column.values.every((value) => Number.isNaN(value))
    : column.values.every((value) => value === first);
}
