import type { ByName } from "@mlsec/preprocess";
import type { ConnectionRecord } from "./connection-record.js";
import { type Field, FieldReader, protocolName, putRecord } from "./fields.js";
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
    if (texts === undefined) return;
    this.put((field) => {
      const index = ZEEK_FIELDS.indexOf(field);
      return { name: this.tsv.nameAt(index), text: texts[index]! };
    });
  }

  private json(line: string): void {
    this.sink.beginRow();
    const members = jsonMembers(line, this.wanted, ID, this.sink);
    if (members === undefined || (members.get(PATH) ?? "conn") !== "conn") return;
    this.put((field) => {
      const candidates = this.names[field];
      const name = candidates.find((candidate) => members.has(candidate)) ?? candidates[0]!;
      return { name, text: members.get(name) ?? null };
    });
  }

  private put(of: (field: ZeekField) => Field): void {
    const { fields } = this;
    const protocol = fields.text(of("protocol"));
    putRecord(this.sink, {
      start: fields.time(of("time")),
      duration: fields.duration(of("duration")),
      protocol: protocol === undefined ? undefined : protocolName(protocol),
      source: fields.text(of("source")),
      sourcePort: fields.port(of("sourcePort")),
      destination: fields.text(of("destination")),
      destinationPort: fields.port(of("destinationPort")),
      service: fields.optionalText(of("service")),
      state: fields.state(of("state")),
      sourceBytes: fields.count(of("sourceBytes")),
      destinationBytes: fields.count(of("destinationBytes")),
      sourcePackets: fields.count(of("sourcePackets")),
      destinationPackets: fields.count(of("destinationPackets")),
      wrongFragments: null,
      urgentPackets: null,
    });
  }
}

const ID: ReadonlySet<string> = /* @__PURE__ */ new Set(["id"]);
