import { MAX_LOG_FIELDS } from "./limits.js";
import type { RecordSink } from "./read-records.js";
import { RecordError } from "./record-error.js";
import { placesOf, type ZeekNames } from "./zeek-fields.js";

const ESCAPED = /(?:\\x[0-9a-fA-F]{2})+/g;
const TEXT = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The header of a log as Zeek's ASCII writer makes it, and the fields of the lines below it.
 *
 * `#separator` names the separator, in the form `\x09`; every directive after it is separated by that. Those that are not
 * there have Zeek's defaults. Comments and directives that say nothing of the fields are passed over. With the writer's option
 * `tsv` the first line holds the bare names. Sources: https://docs.zeek.org/en/master/log-formats.html and
 * https://docs.zeek.org/en/master/scripts/base/frameworks/logging/writers/ascii.zeek.html
 */
export class ZeekTsv {
  private separator = "\t";
  private unset = "-";
  private empty = "(empty)";
  private path: string | null = null;
  private fields: readonly string[] | null = null;
  /** For each field of a record its place in a line, or −1. */
  private places: readonly number[] = [];
  private called: readonly string[] = [];

  constructor(
    private readonly names: ZeekNames,
    private readonly sink: RecordSink,
  ) {}

  /** Forgets the header: another source has its own. */
  begin(): void {
    this.separator = "\t";
    this.unset = "-";
    this.empty = "(empty)";
    this.path = null;
    this.fields = null;
  }

  /** What the log calls the record's fields, in the order of `ZEEK_FIELDS`; the empty text for one that it has not. */
  get fieldNames(): readonly string[] {
    return this.called;
  }

  /**
   * Takes a line that begins with `#`, or the first line of a log without directives.
   *
   * @throws RecordError `bad-header`, `missing-field`.
   */
  directive(line: string): void {
    const { sink } = this;
    if (!line.startsWith("#")) {
      this.name(line.split(this.separator));
      return;
    }
    if (line.startsWith("#separator")) {
      const written = line.slice("#separator".length).trim();
      const separator = unescaped(written);
      if (separator.length !== 1) {
        throw new RecordError(
          "bad-header",
          `${sink.place}: the separator is one character, not ${JSON.stringify(written.slice(0, 60))}.`,
          { got: written.slice(0, 60) },
        );
      }
      this.separator = separator;
      return;
    }
    const [directive, ...values] = line.split(this.separator);
    const [value = ""] = values;
    if (directive === "#unset_field") this.unset = value;
    else if (directive === "#empty_field") this.empty = value;
    else if (directive === "#path") this.path = value;
    else if (directive === "#fields") this.name(values);
  }

  /** The texts of the record's fields in a line, in the order of `ZEEK_FIELDS`; undefined where it is not one of the log. */
  texts(line: string): (string | null)[] | undefined {
    const { fields, places, sink } = this;
    if (fields === null) {
      throw new RecordError(
        "no-header",
        `${sink.place} comes before a header. A conn.log begins with lines such as #separator and #fields, or holds one JSON object a line.`,
        { line: line.slice(0, 60) },
      );
    }
    const cells = line.split(this.separator);
    if (cells.length !== fields.length) {
      sink.fault("ragged-row", null, String(cells.length), `fields stand where the header has ${fields.length}`);
      return undefined;
    }
    return places.map((place) => (place === -1 ? null : this.textOf(cells[place]!)));
  }

  private name(fields: readonly string[]): void {
    const where = `${this.sink.place}${this.path === null || this.path === "conn" ? "" : `, of a log named ${JSON.stringify(this.path.slice(0, 60))}`}`;
    if (fields.length > MAX_LOG_FIELDS) {
      throw new RecordError(
        "bad-header",
        `${where}: ${fields.length} fields are more than the ${MAX_LOG_FIELDS} that are read.`,
        {
          fields: fields.length,
          limit: MAX_LOG_FIELDS,
        },
      );
    }
    this.places = placesOf(fields, this.names, where);
    this.called = this.places.map((place) => fields[place] ?? "");
    this.fields = fields;
  }

  private textOf(cell: string): string | null {
    if (cell === this.unset) return null;
    if (cell === this.empty) return "";
    return cell.includes("\\x") ? unescaped(cell) : cell;
  }
}

/** `\xNN` as the bytes that they are, of UTF-8 where they are that, else of Latin-1. */
function unescaped(text: string): string {
  return text.replaceAll(ESCAPED, (escapes) => {
    const bytes = Uint8Array.from(escapes.matchAll(/\\x(..)/g), ([, digits]) => Number.parseInt(digits!, 16));
    try {
      return TEXT.decode(bytes);
    } catch {
      return String.fromCharCode(...bytes);
    }
  });
}
