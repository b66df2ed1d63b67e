import { type Cleaned, changeColumns } from "./clean.js";
import { MlsecError } from "./errors.js";
import type { Table } from "./table.js";

/** The numeric columns of a table. */
export function numericColumns(table: Table): string[] {
  return [...table].filter(([, column]) => column.kind === "number").map(([name]) => name);
}

/**
 * Puts another number in the place of +∞ and −∞.
 *
 * @param options `value`: a finite number, or NaN, which makes the cells missing ones (the default). `columns`: numeric
 *   columns; default all.
 * @throws MlsecError `invalid-option`, `not-numeric`, `missing-column`.
 */
export function replaceInfinite(
  table: Table,
  {
    value = Number.NaN,
    columns = numericColumns(table),
  }: { readonly value?: number; readonly columns?: readonly string[] } = {},
): Cleaned {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw new MlsecError("invalid-option", `Infinities cannot be replaced by ${value}. Give a finite number or NaN.`, {
      got: value,
    });
  }
  return mapNumbers(table, columns, (cell) => (cell - cell === 0 || Number.isNaN(cell) ? cell : value));
}

/**
 * Brings numbers below `min` up to it, and numbers above `max` down to it, infinities included. Missing cells stay.
 *
 * @param options `min`, `max`: default no bound on that side. `columns`: numeric columns; default all.
 * @throws MlsecError `invalid-option` unless min ≤ max, `not-numeric`, `missing-column`.
 */
export function clip(
  table: Table,
  {
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
    columns = numericColumns(table),
  }: { readonly min?: number; readonly max?: number; readonly columns?: readonly string[] },
): Cleaned {
  if (!(min <= max)) {
    throw new MlsecError("invalid-option", `Clipping needs min <= max, not ${min} and ${max}.`, { min, max });
  }
  return mapNumbers(table, columns, (cell) => (cell < min ? min : cell > max ? max : cell));
}

function mapNumbers(table: Table, names: readonly string[], map: (cell: number) => number): Cleaned {
  return changeColumns(table, names, (_, name, touch) => {
    const values = table.numbers(name);
    let mapped: Float64Array | null = null;
    for (let row = 0; row < values.length; row++) {
      const cell = values[row]!;
      const changed = map(cell);
      if (changed === cell || Number.isNaN(cell)) continue;
      // Columns without an offending cell are not copied.
      mapped ??= values.slice();
      mapped[row] = changed;
      touch(row);
    }
    return mapped === null ? null : { kind: "number", values: mapped };
  });
}
