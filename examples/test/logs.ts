import type { ConnectionRecord, ConnectionState } from "@mlsec/flows";

const ZEEK_FIELDS = [
  ...["ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration"],
  ...["orig_bytes", "resp_bytes", "conn_state", "orig_pkts", "resp_pkts"],
];

/** Records as Zeek writes them in conn.log, in the order in which they come. */
export function connLog(records: readonly ConnectionRecord[]): string {
  const seconds = (microseconds: number): string => (microseconds / 1e6).toFixed(6);
  const rows = records.map((of) =>
    [
      ...[seconds(of.start), of.source, of.sourcePort, of.destination, of.destinationPort, of.protocol, of.service],
      of.duration === null ? null : seconds(of.duration),
      ...[of.sourceBytes, of.destinationBytes, of.state, of.sourcePackets, of.destinationPackets],
    ]
      .map((value) => value ?? "-")
      .join("\t"),
  );
  return ["#separator \\x09", `#fields\t${ZEEK_FIELDS.join("\t")}`, ...rows, ""].join("\n");
}

/** Flags of TCP that both sides sent where a connection had a state, in hexadecimal, as Suricata has them; PSH where bytes were sent. */
const FLAGS: Readonly<Record<ConnectionState, readonly [there: number, back: number]>> = {
  S0: [0x02, 0x00],
  S1: [0x12, 0x12],
  S2: [0x13, 0x12],
  S3: [0x12, 0x13],
  SF: [0x13, 0x13],
  SH: [0x03, 0x00],
  SHR: [0x00, 0x13],
  REJ: [0x02, 0x14],
  RSTO: [0x16, 0x12],
  RSTR: [0x12, 0x16],
  RSTOS0: [0x06, 0x00],
  RSTRH: [0x00, 0x14],
  OTH: [0x10, 0x10],
};
const PSH = 0x08;

/** Records of a capture as `flow` events of Suricata's eve.json: its bytes are those of whole frames. */
export function eveJson(records: readonly ConnectionRecord[]): string {
  const time = (microseconds: number): string =>
    `${new Date(Math.floor(microseconds / 1000)).toISOString().slice(0, -1)}${String(microseconds % 1000).padStart(3, "0")}+0000`;
  const lines = records.map(({ start, duration, protocol, state, ...of }) => {
    const ends = { src_ip: of.source, dest_ip: of.destination, proto: protocol.toUpperCase() };
    const numbers = { src_port: of.sourcePort, dest_port: of.destinationPort };
    const types = { icmp_type: of.sourcePort, icmp_code: of.destinationPort };
    const [there, back] = FLAGS[state];
    const flags = (side: number, bytes: number | null): string =>
      (bytes ? side | PSH : side).toString(16).padStart(2, "0");
    return JSON.stringify({
      timestamp: time(start + (duration ?? 0)),
      event_type: "flow",
      ...ends,
      ...(protocol === "icmp" ? types : numbers),
      flow: {
        pkts_toserver: of.sourcePackets,
        pkts_toclient: of.destinationPackets,
        bytes_toserver: of.sourceFrameBytes,
        bytes_toclient: of.destinationFrameBytes,
        start: time(start),
        end: time(start + (duration ?? 0)),
        state: "closed",
      },
      ...(protocol === "tcp"
        ? { tcp: { tcp_flags_ts: flags(there, of.sourceBytes), tcp_flags_tc: flags(back, of.destinationBytes) } }
        : {}),
    });
  });
  return `${lines.join("\n")}\n`;
}
