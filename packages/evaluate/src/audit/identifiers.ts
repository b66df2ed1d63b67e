import { type Column, cicIds2017, identifierColumns, nslKdd, type SchemaColumn } from "@mlsec/preprocess";
import type { ColumnProfile } from "./column-profile.js";
import { type AuditEvidence, type AuditFinding, finding } from "./finding.js";
import { countOf, quoted } from "./words.js";

type Sign = AuditEvidence["identifier"]["sign"];

/** Least cells from which values can give a column away: fewer may be different, or ascending, by chance. */
const ENOUGH = 100;
/** From which share of different values on a column may name its rows. */
const NEARLY_UNIQUE = 0.9;
/** How many texts are looked at, and which share must be addresses or times. */
const SAMPLE = 1000;
const NEARLY_ALL = 0.9;

/** Names, reduced to letters and digits, that identifiers have in the datasets and meters of this field. */
const NAMES =
  /^(id|uid|uuid|guid|index|unnamed0|row(id|no|number|index)|record(id|no)|(flow|conn|connection|session|event)id|ts|timestamp|datetime|date|[sl]time|(start|end|first|last)(time|seen)|(src|dst|source|destination|client|server|orig|resp)(ip|ipaddr|ipaddress|addr|address|mac|macaddress|host)|(src|source|orig|client)port|ip(src|dst)|sport|idorig[hp]|idresph)$/;

/** IPv4 addresses, alone or in the key of a flow; IPv6 and MAC addresses. */
const ADDRESS =
  /(^|[^\d.])\d{1,3}(\.\d{1,3}){3}($|[^\d.])|^(?=.*::|(.*:){7})[\da-f:]{2,39}$|^[\da-f]{2}([:-][\da-f]{2}){5}$/i;
/** Dates with or without a time of day, or a time of day. */
const TIME = /^((\d{4}-\d{1,2}-\d{1,2}|\d{1,4}[/.]\d{1,2}[/.]\d{2,4})([T ].*)?|\d{1,2}:\d{2}(:\d{2}.*)?)$/;

/** The years 2000 to 2099 in seconds since 1970: what is always in between is a time. Milli-, micro- and nanoseconds likewise. */
const CENTURY: readonly [number, number] = [946_684_800, 4_102_444_800];
const TIME_UNITS = [1, 1e3, 1e6, 1e9];

/**
 * Columns that a published dataset derives from its label, with the dataset's name, where the other columns are that
 * dataset's: at least half of its features, under any of their names.
 */
export function labelDerived(names: readonly string[]): Map<string, string> {
  const byTrimmed = new Map(names.map((name) => [name.trim(), name]));
  const found = new Map<string, string>();
  for (const { name: dataset, columns } of [cicIds2017, nslKdd]) {
    const namesOf = ({ name, aliases }: SchemaColumn): string[] => [name, ...aliases].map((known) => known.trim());
    const features = columns.filter(({ role }) => role === "feature");
    const present = features.filter((column) => namesOf(column).some((name) => byTrimmed.has(name)));
    if (2 * present.length < features.length) continue;
    for (const known of columns.filter(({ role }) => role === "leak").flatMap(namesOf)) {
      const name = byTrimmed.get(known);
      if (name !== undefined) found.set(name, dataset);
    }
  }
  return found;
}

export function derivedFinding(name: string, dataset: string): AuditFinding {
  const message = `Column ${quoted(name)} is derived from the label in ${dataset}: no model may see it.`;
  return finding("label-derived", "error", [name], message, { dataset });
}

/** That a column names the row, its hosts or its time; null where nothing says so. */
export function identifierFinding(name: string, column: Column, profile: ColumnProfile): AuditFinding | null {
  const sign = NAMES.test(reduced(name)) || identifierColumns([name]).length > 0 ? "name" : signOf(column, profile);
  if (sign === null) return null;
  const { distinct, rows, missing } = profile;
  const message = `Column ${quoted(name)} ${describe(sign, profile)}: a model that sees it learns the recording, not the attack.`;
  return finding("identifier", "error", [name], message, { sign, distinct, present: rows - missing });
}

function signOf(column: Column, profile: ColumnProfile): Sign | null {
  const present = profile.rows - profile.missing;
  const isUnique = present >= ENOUGH && profile.distinct >= NEARLY_UNIQUE * present;
  if (column.kind === "text") {
    const texts = column.dictionary.filter((_, code) => profile.counts[code]! > 0).slice(0, SAMPLE);
    if (mostAre(texts, ADDRESS)) return "addresses";
    if (mostAre(texts, TIME)) return "times";
    return isUnique ? "unique" : null;
  }
  if (areTimes(profile.sorted)) return "times";
  return isUnique && (fillsRange(profile) || ascends(column.values)) ? "counter" : null;
}

function mostAre(texts: readonly string[], pattern: RegExp): boolean {
  const matching = texts.filter((text) => pattern.test(text.trim())).length;
  return texts.length > 1 && matching >= NEARLY_ALL * texts.length;
}

function areTimes(sorted: Float64Array): boolean {
  const [least, greatest] = [sorted[0] ?? 0, sorted[sorted.length - 1] ?? 0];
  return (
    sorted.length >= ENOUGH && TIME_UNITS.some((unit) => least >= unit * CENTURY[0] && greatest < unit * CENTURY[1])
  );
}

/** Whole numbers that leave out few: a row number, in whatever order the rows are. */
function fillsRange({ sorted, distinct }: ColumnProfile): boolean {
  const range = sorted[sorted.length - 1]! - sorted[0]! + 1;
  return range <= 2 * distinct && sorted.every(Number.isInteger);
}

function ascends(values: Float64Array): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < last) return false;
    if (!Number.isNaN(value)) last = value;
  }
  return true;
}

function describe(sign: Sign, { distinct, rows, missing }: ColumnProfile): string {
  switch (sign) {
    case "name":
      return "is an identifier by its name";
    case "addresses":
      return "holds addresses";
    case "times":
      return "holds points in time";
    case "counter":
      return "counts rows, or only ever ascends";
    case "unique":
      return `has ${distinct} different texts in ${countOf(rows - missing, "cell")}`;
  }
}

function reduced(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "");
}
