import type { ByName } from "@mlsec/preprocess";
import type { ConnectionRecord } from "./connection-record.js";
import { FieldReader, putRecord } from "./fields.js";
import { jsonMembers } from "./json-members.js";
import {
  type LineReader,
  type ReadRecordsOptions,
  type RecordSink,
  type RecordSource,
  readRecords,
} from "./read-records.js";
import { ZEEK_FIELDS, type ZeekField, type ZeekNames, zeekNames } from "./zeek-fields.js";
import { ZeekTsv } from "./zeek-tsv.js";

export interface ReadZeekConnOptions extends ReadRecordsOptions {
  /** What a log calls fields, where it is none of the names in circulation: names of the log with Zeek's, such as `id.orig_h`. */
  readonly rename?: ByName<string> | undefined;
}

/** The log of Zeek that a line of JSON belongs to, where a stream has several. */
const PATH = "_path";

/**
 * Reads Zeek's conn.log, in either form, packed with gzip or not, as batches of records in the order of the log (that in which
 * connections ended). Several sources follow each other as rotated files do, each with its own header.
 *
 * Tab-separated lines are read by their header: fields in any order, under Zeek's names or those of other tools (`src_ip`,
 * `id_orig_h`; more by `rename`), `\xNN` as the byte that it is. Lines that begin with a brace are JSON: times in seconds,
 * milliseconds or ISO 8601; `"id.orig_h"` and `{"id":{"orig_h":…}}` alike; lines of other logs, by `_path`, are passed over.
 *
 * What Zeek leaves unset is null: bytes and duration of a connection of one packet among them. `wrongFragments` and
 * `urgentPackets` are null: conn.log does not say.
 *
 * Issues: `ragged-row`, `bad-json`, `not-utf8`, `duplicate-name`, `missing-value`, `not-a-time` (blanked times too),
 * `not-a-number`, `not-a-port`, `unknown-state`, `too-long`.
 *
 * Formats: https://docs.zeek.org/en/master/log-formats.html; fields:
 * https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html#type-Conn::Info
 *
 * @throws RecordError `record-issues`, `no-header`, `bad-header`, `missing-field`; MlsecError `json-line-too-long`,
 *   `unreadable-source`, `invalid-option`, `aborted`; CsvError `csv-gzip`.
 */
export function readZeekConn(
  source: RecordSource,
  options: ReadZeekConnOptions = {},
): AsyncGenerator<readonly ConnectionRecord[]> {
  return readRecords(source, options, "The conn.log", (sink) => new ZeekReader(sink, zeekNames(options.rename)));
}

class ZeekReader implements LineReader {
  private readonly tsv: ZeekTsv;
  private readonly fields: FieldReader;
  private readonly wanted: ReadonlySet<string>;
  private isFirst = true;

  constructor(
    private readonly sink: RecordSink,
    private readonly names: ZeekNames,
  ) {
    this.tsv = new ZeekTsv(names, sink);
    this.fields = new FieldReader(sink);
    this.wanted = new Set([PATH, ...ZEEK_FIELDS.flatMap((field) => names[field])]);
  }

  begin(): void {
    this.tsv.begin();
    this.isFirst = true;
  }

  line(text: string): void {
    const { isFirst } = this;
    this.isFirst = false;
    if (text.startsWith("{")) this.json(text);
    else if (text.startsWith("#") || (isFirst && this.isBareHeader(text))) this.tsv.directive(text);
    else this.tabs(text);
  }

  end(): void {}

  private isBareHeader(text: string): boolean {
    return this.names.source.some((name) => text.split("\t").includes(name));
  }

  private tabs(line: string): void {
    this.sink.beginRow();
    const texts = this.tsv.texts(line);
    if (texts !== undefined) this.put(this.tsv.fieldNames, texts);
  }

  private json(line: string): void {
    this.sink.beginRow();
    const members = jsonMembers(line, this.wanted, ID, this.sink);
    if (members === undefined || (members.get(PATH) ?? "conn") !== "conn") return;
    const called = ZEEK_FIELDS.map((field) => {
      const candidates = this.names[field];
      return candidates.find((candidate) => members.has(candidate)) ?? candidates[0]!;
    });
    const texts = called.map((name) => members.get(name) ?? null);
    this.put(called, texts);
  }

  /** @param names what the log calls the fields of `ZEEK_FIELDS`, which `texts` are of. */
  private put(names: readonly string[], texts: readonly (string | null)[]): void {
    const { fields } = this;
    putRecord(this.sink, {
      start: fields.time(names[AT.time]!, texts[AT.time]!),
      duration: fields.duration(names[AT.duration]!, texts[AT.duration]!),
      protocol: fields.protocol(names[AT.protocol]!, texts[AT.protocol]!),
      source: fields.text(names[AT.source]!, texts[AT.source]!),
      sourcePort: fields.port(names[AT.sourcePort]!, texts[AT.sourcePort]!),
      destination: fields.text(names[AT.destination]!, texts[AT.destination]!),
      destinationPort: fields.port(names[AT.destinationPort]!, texts[AT.destinationPort]!),
      service: fields.optionalText(names[AT.service]!, texts[AT.service]!),
      state: fields.state(names[AT.state]!, texts[AT.state]!),
      sourceBytes: fields.count(names[AT.sourceBytes]!, texts[AT.sourceBytes]!),
      destinationBytes: fields.count(names[AT.destinationBytes]!, texts[AT.destinationBytes]!),
      sourcePackets: fields.count(names[AT.sourcePackets]!, texts[AT.sourcePackets]!),
      destinationPackets: fields.count(names[AT.destinationPackets]!, texts[AT.destinationPackets]!),
      sourceFrameBytes: null,
      destinationFrameBytes: null,
      wrongFragments: null,
      urgentPackets: null,
    });
  }
}

/** The place of each field in `ZEEK_FIELDS`. */
const AT: Readonly<Record<ZeekField, number>> = /* @__PURE__ */ Object.fromEntries(
  ZEEK_FIELDS.map((field, at) => [field, at]),
) as Record<ZeekField, number>;

const ID: ReadonlySet<string> = /* @__PURE__ */ new Set(["id"]);
