import { type Column, MlsecError, type Table } from "@mlsec/preprocess";

/** "ok" for a table that is what every table must be; the code of the MlsecError that refused the input. */
export async function tableOutcome(read: () => Promise<Table>): Promise<string> {
  try {
    checkTable(await read());
    return "ok";
  } catch (error) {
    if (error instanceof MlsecError) return error.code;
    throw error;
  }
}

/** What every table must be, whatever it was read from. */
export function checkTable(table: Table, mostRows = Number.POSITIVE_INFINITY): void {
  if (table.rows > mostRows) throw new Error(`A batch has ${table.rows} rows.`);
  for (const [name, column] of table) checkColumn(name, column, table.rows);
}

function checkColumn(name: string, column: Column, rows: number): void {
  const length = column.kind === "number" ? column.values.length : column.codes.length;
  if (length !== rows) throw new Error(`Column ${name} has ${length} cells of ${rows}.`);
  if (column.kind === "number") return;
  const { dictionary, codes } = column;
  if (new Set(dictionary).size !== dictionary.length) throw new Error(`Column ${name} has a text twice.`);
  for (const code of codes) {
    if (code < -1 || code >= dictionary.length) throw new Error(`Column ${name} has the code ${code}.`);
  }
}
