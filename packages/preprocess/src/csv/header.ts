import { type ByName, entriesOf } from "../by-name.js";
import { listSome, MlsecError } from "../errors.js";
import { type CsvEncoding, decode, decodeShown } from "./encoding.js";
import { CsvError } from "./issues.js";

/** A name as it stands in the header. */
export interface HeaderField {
  /** Every code unit is one byte; doubled quotes are undone. */
  readonly binary: string;
  readonly isBroken: boolean;
}

/** The names in a header record. @throws CsvError `csv-headers` for broken quotes and bytes that are no text. */
export function headerNames(fields: readonly HeaderField[], encoding: CsvEncoding): string[] {
  return fields.map(({ binary, isBroken }, index) => {
    const fail = (message: string): never => {
      throw new CsvError("csv-headers", message, { field: index });
    };
    if (isBroken) {
      const shown = JSON.stringify(decodeShown(binary, encoding));
      fail(`The name of column ${index + 1} has broken quotes: ${shown}. Close or remove them.`);
    }
    return decode(binary, encoding) ?? fail(`The name of column ${index + 1} is not UTF-8. Save the file as UTF-8.`);
  });
}

/** @throws CsvError `csv-headers` for names that are empty, or taken twice and not to be suffixed. */
export function uniqueNames(
  names: readonly string[],
  suffix: boolean,
): { readonly names: string[]; readonly copies: string[] } {
  const empty = names.flatMap((name, index) => (name.trim() === "" ? [index + 1] : []));
  if (empty.length > 0) {
    throw new CsvError("csv-headers", `The header gives no name to column ${listSome(empty)}. Name every column.`, {
      empty,
    });
  }
  const taken = new Set<string>();
  const copiesOf = new Map<string, number>();
  const copies: string[] = [];
  const unique = names.map((name) => {
    let candidate = name;
    let copy = copiesOf.get(name) ?? 0;
    while (taken.has(candidate)) candidate = `${name}.${++copy}`;
    copiesOf.set(name, copy);
    if (candidate !== name) copies.push(name);
    taken.add(candidate);
    return candidate;
  });
  if (copies.length > 0 && !suffix) {
    throw new CsvError(
      "csv-headers",
      `The header names ${listSome(copies)} more than once. Rename the copies, or read with headers: "suffix", which calls the second ${JSON.stringify(`${copies[0]}.1`)}.`,
      { duplicates: copies },
    );
  }
  return { names: unique, copies };
}

/** The names with those of `rename` in place. @throws MlsecError `missing-column`, CsvError `csv-headers`. */
export function renamed(names: readonly string[], rename: ByName<string> | undefined): readonly string[] {
  if (rename === undefined) return names;
  const newNames = new Map(entriesOf(rename));
  for (const name of newNames.keys()) if (!names.includes(name)) missingColumn(name, names);
  return uniqueNames(
    names.map((name) => newNames.get(name) ?? name),
    false,
  ).names;
}

/** @throws MlsecError `missing-column`. */
export function missingColumn(name: string, names: readonly string[]): never {
  throw new MlsecError(
    "missing-column",
    `The CSV has no column ${JSON.stringify(name)}. Its columns are ${listSome(names, 8)}.`,
    { column: name, columns: names },
  );
}
