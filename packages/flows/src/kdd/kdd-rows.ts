import { type Column, nslKdd, Table } from "@mlsec/preprocess";
import type { ConnectionRecord } from "../records/connection-record.js";
import { KDD_FLAGS, type KddFlag } from "./flags.js";
import { unavailableKddFeatures } from "./unavailable.js";

/** Rows of features, and what they were made of. */
export interface KddBatch {
  /** The 41 features of NSL-KDD, under its names and in its order; `conform` and detectors take it as it is. */
  readonly table: Table;
  /** The record of each row: addresses, ports and time, which are no features. */
  readonly records: readonly ConnectionRecord[];
  /** For each row the features that are 0 because nothing told them: see `unavailableKddFeatures`. */
  readonly unavailable: readonly (readonly string[])[];
}

/** The numeric features that are worked out; the other twelve of content and `num_outbound_cmds` are 0. */
const COMPUTED = [
  "duration",
  "src_bytes",
  "dst_bytes",
  "land",
  "wrong_fragment",
  "urgent",
  "count",
  "srv_count",
  "serror_rate",
  "srv_serror_rate",
  "rerror_rate",
  "srv_rerror_rate",
  "same_srv_rate",
  "diff_srv_rate",
  "srv_diff_host_rate",
  "dst_host_count",
  "dst_host_srv_count",
  "dst_host_same_srv_rate",
  "dst_host_diff_srv_rate",
  "dst_host_same_src_port_rate",
  "dst_host_srv_diff_host_rate",
  "dst_host_serror_rate",
  "dst_host_srv_serror_rate",
  "dst_host_rerror_rate",
  "dst_host_srv_rerror_rate",
] as const;

export const COMPUTED_FEATURES: number = COMPUTED.length;

const PROTOCOLS: readonly string[] = ["tcp", "udp", "icmp"];
const FLAG_CODES: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(KDD_FLAGS.map((flag, code) => [flag, code]));
const FIRST_ROWS = 64;

/** Collects rows as columns. */
export class KddRows {
  private records: ConnectionRecord[] = [];
  private numbers: Float64Array[] = COMPUTED.map(() => new Float64Array(FIRST_ROWS));
  private protocols: Int32Array = new Int32Array(FIRST_ROWS);
  private services: Int32Array = new Int32Array(FIRST_ROWS);
  private flags: Int32Array = new Int32Array(FIRST_ROWS);
  private dictionary: string[] = [];
  private readonly codes = new Map<string, number>();

  get rows(): number {
    return this.records.length;
  }

  /** @param values the computed features in their order. */
  add(record: ConnectionRecord, service: string, flag: KddFlag, values: Float64Array): void {
    const row = this.records.length;
    if (row === this.flags.length) this.grow();
    this.records.push(record);
    const { numbers } = this;
    for (let at = 0; at < COMPUTED_FEATURES; at++) numbers[at]![row] = values[at]!;
    this.protocols[row] = PROTOCOLS.indexOf(record.protocol);
    this.flags[row] = FLAG_CODES.get(flag)!;
    let code = this.codes.get(service);
    if (code === undefined) {
      code = this.dictionary.push(service) - 1;
      this.codes.set(service, code);
    }
    this.services[row] = code;
  }

  /** The rows so far, which are then no longer here. */
  take(): KddBatch {
    const { records, dictionary } = this;
    const rows = records.length;
    const zeros: Column = { kind: "number", values: new Float64Array(rows) };
    const columns = new Map<string, Column>(
      COMPUTED.map((name, at) => [name, { kind: "number", values: this.numbers[at]!.slice(0, rows) }]),
    );
    columns.set("protocol_type", { kind: "text", codes: this.protocols.slice(0, rows), dictionary: PROTOCOLS });
    columns.set("service", { kind: "text", codes: this.services.slice(0, rows), dictionary });
    columns.set("flag", { kind: "text", codes: this.flags.slice(0, rows), dictionary: KDD_FLAGS });
    this.records = [];
    this.dictionary = [];
    this.codes.clear();
    return {
      table: Table.of(nslKdd.features.map((name) => [name, columns.get(name) ?? zeros])),
      records,
      unavailable: records.map(unavailableKddFeatures),
    };
  }

  private grow(): void {
    const rows = 2 * this.flags.length;
    const grown = <A extends Float64Array | Int32Array>(array: A, made: A): A => {
      made.set(array);
      return made;
    };
    this.numbers = this.numbers.map((values) => grown(values, new Float64Array(rows)));
    this.protocols = grown(this.protocols, new Int32Array(rows));
    this.services = grown(this.services, new Int32Array(rows));
    this.flags = grown(this.flags, new Int32Array(rows));
  }
}
