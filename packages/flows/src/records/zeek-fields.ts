import { type ByName, describeMissing } from "@mlsec/preprocess";
import { RecordError } from "./record-error.js";

/**
 * What a record takes from conn.log, and the names by which logs call it: Zeek's own, with another separator
 * (`Log::default_scope_sep`), and those to which `Log::default_field_name_map` renames them in circulation. Where a log has
 * several of them, the first counts.
 */
const NAMES = {
  time: ["ts"],
  source: ["id.orig_h", "id_orig_h", "orig_h", "src_ip"],
  sourcePort: ["id.orig_p", "id_orig_p", "orig_p", "src_port"],
  destination: ["id.resp_h", "id_resp_h", "resp_h", "dst_ip", "dest_ip"],
  destinationPort: ["id.resp_p", "id_resp_p", "resp_p", "dst_port", "dest_port"],
  protocol: ["proto"],
  service: ["service"],
  duration: ["duration"],
  sourceBytes: ["orig_bytes"],
  destinationBytes: ["resp_bytes"],
  state: ["conn_state"],
  sourcePackets: ["orig_pkts"],
  destinationPackets: ["resp_pkts"],
} as const;

export type ZeekField = keyof typeof NAMES;

export const ZEEK_FIELDS: readonly ZeekField[] = Object.keys(NAMES) as ZeekField[];

const REQUIRED: readonly ZeekField[] = [
  "time",
  "source",
  "sourcePort",
  "destination",
  "destinationPort",
  "protocol",
  "state",
];

/** The name of each field in logs that are read, in order of preference. */
export type ZeekNames = Readonly<Record<ZeekField, readonly string[]>>;

/** The known names, after those that `rename` maps to Zeek's. */
export function zeekNames(rename: ByName<string> | undefined): ZeekNames {
  const given = rename instanceof Map ? [...rename] : Object.entries(rename ?? {});
  const named = (names: readonly string[]): readonly string[] => {
    const own = given.filter(([, zeek]) => names.includes(zeek)).map(([name]) => name);
    return [...own, ...names];
  };
  return Object.fromEntries(ZEEK_FIELDS.map((field) => [field, named(NAMES[field])])) as unknown as ZeekNames;
}

/**
 * Where the fields stand among the names of a header; −1 for one that is not there.
 *
 * @throws RecordError `bad-header` for a name that stands there twice, `missing-field` where a record needs one that is not
 *   there.
 */
export function placesOf(header: readonly string[], names: ZeekNames, where: string): readonly number[] {
  if (new Set(header).size < header.length) {
    const twice = header.find((name, at) => header.indexOf(name) !== at)!;
    throw new RecordError("bad-header", `${where}: the field ${JSON.stringify(twice)} is named twice.`, {
      field: twice,
    });
  }
  return ZEEK_FIELDS.map((field) => {
    const name = names[field].find((candidate) => header.includes(candidate));
    if (name !== undefined) return header.indexOf(name);
    if (!REQUIRED.includes(field)) return -1;
    throw new RecordError(
      "missing-field",
      `${where}: no field ${JSON.stringify(NAMES[field][0])}, which a conn.log has: ${describeMissing(NAMES[field][0], header)}. Say with rename what it is called here.`,
      { field: NAMES[field][0], fields: header },
    );
  });
}
