import { MlsecError } from "../errors.js";
import { missingPeer } from "../missing-peer.js";
import type { Table } from "../table.js";
import { DictionaryColumn } from "./dictionary-column.js";

/** What arquero asks of a column; typed arrays have it all. */
export interface ArqueroColumn {
  readonly length: number;
  at(row: number): unknown;
  [Symbol.iterator](): Iterator<unknown>;
}

/** What is used of arquero: `import * as aq from "arquero"` fits, of version 7 or 8. */
export interface ArqueroLibrary<ArqueroTable> {
  table(columns: Map<string, ArqueroColumn>, names?: string[]): ArqueroTable;
}

/**
 * A table as an arquero table, for arquero's verbs. Nothing is copied: a column of numbers is the same `Float64Array`
 * (missing is NaN, which arquero counts as invalid), a text column reads its texts through the dictionary (missing is
 * null). The library is handed over, so that the caller's own copy of it is used and nothing is loaded behind its back.
 *
 * @param aq the library: `import * as aq from "arquero"`.
 * @throws MlsecError `missing-peer` where `aq` is not arquero; `unsupported-name` for a column named `__proto__`, which
 *   arquero's tables cannot hold.
 */
export function toArquero<ArqueroTable>(aq: ArqueroLibrary<ArqueroTable>, table: Table): ArqueroTable {
  if (typeof (aq as ArqueroLibrary<ArqueroTable> | undefined)?.table !== "function") {
    throw missingPeer("arquero", 'toArquero(aq, table), with aq from import * as aq from "arquero",');
  }
  if (table.has("__proto__")) {
    throw new MlsecError(
      "unsupported-name",
      'arquero cannot hold a column named "__proto__". Rename it, or leave it out with table.drop(["__proto__"]).',
      { column: "__proto__" },
    );
  }
  const columns = new Map<string, ArqueroColumn>();
  for (const [name, column] of table) {
    columns.set(name, column.kind === "number" ? column.values : new DictionaryColumn(column));
  }
  return aq.table(columns, [...table.names]);
}
