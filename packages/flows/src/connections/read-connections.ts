import { MlsecError } from "@mlsec/preprocess";
import { type PacketSource, type ReadPacketsOptions, readPacketBatches } from "../packets/read-packets.js";
import type { ConnectionRecord } from "../records/connection-record.js";
import { type ConnectionCounts, ConnectionMeter } from "./connection-meter.js";
import { SERVER_PORTS } from "./protocol-keys.js";

export interface ReadConnectionsOptions extends Pick<ReadPacketsOptions, "tunnels" | "onIssues" | "signal"> {
  /**
   * Most open connections, at some 700 bytes each; default 1,000,000. Where one more begins, of 64 others, taken in turn, the
   * one that has been silent longest is given out as it is.
   */
  readonly maxConnections?: number | undefined;
  /**
   * Ports at which servers listen: they tell who began where no SYN says so. Default the ports of the protocols that Zeek
   * knows (53, 80, 443, …).
   */
  readonly serverPorts?: readonly number[] | undefined;
  /** Called once at the end. */
  readonly onCounts?: ((counts: ConnectionCounts) => void) | undefined;
}

const DEFAULT_MAX_CONNECTIONS = 1_000_000;

/**
 * Reads a capture as records of connections, by Zeek's rules: states, bytes by sequence numbers, its timers (a SYN without
 * answer ends after 5 s, a closed connection 5 s after its end, silence after 300 s in TCP and 60 s else). A record comes when its connection has ended, or the capture has.
 *
 * In the places of ports ICMP has the message's type, and that of its answer (8 and 0 of an echo) or, where there is none, the
 * code. Fragments are not put together (those that do not fit are counted), and checksums not looked at; `service` is null.
 *
 * @throws MlsecError `invalid-option`, and as `readPacketBatches`.
 */
export async function* readConnections(
  source: PacketSource,
  options: ReadConnectionsOptions = {},
): AsyncGenerator<ConnectionRecord> {
  for await (const records of readConnectionBatches(source, options)) yield* records;
}

/**
 * `readConnections` in batches: the connections that ended with the packets of a batch, as soon as they have; never none. For
 * `kddFeatures`, whose rows then come as soon as they can.
 *
 * @throws as `readConnections`.
 */
export async function* readConnectionBatches(
  source: PacketSource,
  options: ReadConnectionsOptions = {},
): AsyncGenerator<readonly ConnectionRecord[]> {
  const {
    maxConnections = DEFAULT_MAX_CONNECTIONS,
    serverPorts = SERVER_PORTS,
    tunnels,
    onIssues,
    onCounts,
    signal,
  } = options;
  if (!Number.isSafeInteger(maxConnections) || maxConnections < 1) {
    throw new MlsecError("invalid-option", `maxConnections is a whole number of at least 1, not ${maxConnections}.`, {
      got: maxConnections,
    });
  }
  let ended: ConnectionRecord[] = [];
  const meter = new ConnectionMeter(maxConnections, new Set(serverPorts), (record) => ended.push(record));
  for await (const batch of readPacketBatches(source, { tunnels, onIssues, signal })) {
    meter.add(batch);
    if (ended.length === 0) continue;
    yield ended;
    ended = [];
  }
  for (const _ of meter.end()) {
    if (ended.length === 0) continue;
    yield ended;
    ended = [];
  }
  onCounts?.(meter.counts);
}
