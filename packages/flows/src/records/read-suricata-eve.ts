import type { ConnectionRecord } from "./connection-record.js";
import { FieldReader } from "./fields.js";
import { jsonMembers } from "./json-members.js";
import { NetflowPairs } from "./netflow-pairs.js";
import {
  type LineReader,
  type ReadRecordsOptions,
  type RecordSink,
  type RecordSource,
  readRecords,
} from "./read-records.js";
import { EVE_MEMBERS, EVE_PARENTS, type EveEvent, eveEvent, eveRecord } from "./suricata-event.js";

export interface ReadSuricataEveOptions extends ReadRecordsOptions {
  /**
   * Which events become records. Suricata can write both kinds of the same connections, so `"auto"`, the default, takes the
   * kind that comes first and passes over the other.
   */
  readonly events?: "auto" | "flow" | "netflow" | undefined;
  /**
   * Where bytes of payload come from. Suricata counts whole packets, headers included, so by default they are not known
   * (null). `"estimate"` takes off Ethernet, IP and transport headers without options: exact for UDP and ICMP but for short
   * packets padded to 60 bytes and VLAN tags; for TCP too high by its options (often 12 bytes a packet), and 0 for a side that
   * never pushed.
   */
  readonly payload?: "unknown" | "estimate" | undefined;
}

/**
 * Reads Suricata's eve.json, one event a line, packed with gzip or not: its `flow` events, or its `netflow` events, as batches
 * of records. Events of other kinds are passed over. Several sources follow each other as rotated files do.
 *
 * A `netflow` event tells of one direction, and one that had no packets has none. Two of them are one record where they have the
 * same `flow_id` and opposite addresses and ports; the first is the side that began, as Suricata writes it first. One whose
 * answer does not come among the next 1024 events of its kind stands alone, as a connection without an answer.
 *
 * `state` is worked out from the TCP flags that each side ever sent, as `tcpState` says, with what that cannot tell; without a
 * `tcp` member, or with one without flags, from the flow's own state: `established` is S1, `closed` SF, `new` without an answer S0,
 * anything else OTH. `service`
 * is `app_proto` where there is one that Suricata knew. ICMP has its type and code in the places of ports. `wrongFragments` and
 * `urgentPackets` are null: Suricata does not say.
 *
 * Issues: as of `readZeekConn`, but for those of tab-separated lines.
 *
 * Formats: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-flow; netflow:
 * https://github.com/OISF/suricata/blob/master/src/output-json-netflow.c
 *
 * @throws RecordError `record-issues`; MlsecError `json-line-too-long`, `unreadable-source`, `invalid-option`, `aborted`;
 *   CsvError `csv-gzip`.
 */
export function readSuricataEve(
  source: RecordSource,
  options: ReadSuricataEveOptions = {},
): AsyncGenerator<readonly ConnectionRecord[]> {
  return readRecords(source, options, "The eve.json", (sink) => new EveReader(sink, options));
}

class EveReader implements LineReader {
  private readonly fields: FieldReader;
  private readonly pairs: NetflowPairs;
  private readonly estimates: boolean;
  private kind: "flow" | "netflow" | null;

  constructor(
    private readonly sink: RecordSink,
    { events = "auto", payload = "unknown" }: ReadSuricataEveOptions,
  ) {
    this.fields = new FieldReader(sink);
    this.pairs = new NetflowPairs((event) => this.put(event));
    this.estimates = payload === "estimate";
    this.kind = events === "auto" ? null : events;
  }

  begin(): void {}

  line(line: string): void {
    const { sink } = this;
    sink.beginRow();
    const members = jsonMembers(line, EVE_MEMBERS, EVE_PARENTS, sink);
    const kind = members?.get("event_type");
    if (members === undefined || (kind !== "flow" && kind !== "netflow")) return;
    this.kind ??= kind;
    if (kind !== this.kind) return;
    const event = eveEvent(members, kind, this.fields);
    if (event === undefined || sink.isDropped) return;
    if (kind === "flow") this.put(event);
    else this.pairs.add(members.get("flow_id") ?? null, event);
  }

  end(): void {
    this.pairs.flush();
  }

  private put(event: EveEvent): void {
    this.sink.records.push(eveRecord(event, this.estimates));
  }
}
