import { CsvError, type CsvSource, MlsecError, readBytes, throwIfAborted } from "@mlsec/preprocess";
import { ByteWindow } from "./byte-window.js";
import { PacketError, PacketIssueLog, type PacketIssues } from "./issues.js";
import { MAX_BATCH_PACKETS } from "./limits.js";
import { PacketBatch } from "./packet-batch.js";
import { PCAP_HEADER_BYTES, PcapReader, pcapMagic } from "./pcap.js";
import { PcapngReader, SECTION_HEADER } from "./pcapng.js";
import type { RecordReader } from "./record-reader.js";

/** Where packets come from: a pcap or pcapng capture, packed with gzip or not, in anything that `readCsv` takes but text. */
export type PacketSource = Exclude<CsvSource, string>;

/** What becomes of tunnels. */
export type Tunnels = "leave" | "open";

export interface ReadPacketsOptions {
  /** Most packets of a batch: 1 to 65,536; default 1024. */
  readonly batchPackets?: number | undefined;
  /**
   * `"leave"` (default): a packet in a tunnel is a packet between the tunnel's ends. `"open"`: it is the packet that the tunnel
   * holds, as of traffic that is mirrored to a sensor: IP in IP, GRE (ERSPAN and PPTP, too; in UDP at port 4754), VXLAN (4789),
   * Geneve (6081) and GTP-U (2152), up to eight in each other. Then there are no packets between the tunnel's ends, but for
   * later fragments.
   */
  readonly tunnels?: Tunnels | undefined;
  /** Called once when the reading ends, where anything could not be read. */
  readonly onIssues?: ((issues: PacketIssues) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_BATCH_PACKETS = 1024;

/**
 * Reads a capture as batches of packets: pcap (micro- and nanoseconds) and pcapng in both byte orders; Ethernet with VLAN
 * tags, Linux cooked, loopback, raw IP, PPP and 802.11; IPv4 and IPv6 with their transport headers. Nothing is put together: fragments and
 * TCP segments are given as they are.
 *
 * Batches come as their bytes arrive, so that a pipe is read live. **Each is the same object, filled anew**: it is valid until
 * the next one is asked for. What cannot be read is told by `onIssues`; a capture that is cut off, or damaged in its middle,
 * gives what lies before.
 *
 * @throws PacketError `not-a-capture`, `capture-limit`, `capture-gzip`; MlsecError `unreadable-source`, `invalid-option`,
 * `aborted` and what the source itself throws.
 */
export async function* readPacketBatches(
  source: PacketSource,
  { batchPackets = DEFAULT_BATCH_PACKETS, tunnels = "leave", onIssues, signal }: ReadPacketsOptions = {},
): AsyncGenerator<PacketBatch> {
  if (!Number.isSafeInteger(batchPackets) || batchPackets < 1 || batchPackets > MAX_BATCH_PACKETS) {
    throw new MlsecError("invalid-option", `batchPackets is 1 to ${MAX_BATCH_PACKETS}, not ${batchPackets}.`, {
      got: batchPackets,
    });
  }
  if (tunnels !== "leave" && tunnels !== "open") {
    throw new MlsecError("invalid-option", `tunnels is "leave" or "open", not ${JSON.stringify(tunnels)}.`, {
      got: tunnels,
    });
  }
  if (typeof source === "string")
    throw new PacketError("not-a-capture", "Text is no capture. Hand over its bytes, a URL or a file.");
  const issues = new PacketIssueLog();
  const batch = new PacketBatch(batchPackets);
  const window = new ByteWindow();
  let reader: RecordReader | undefined;
  for await (const chunk of captureBytes(source, issues, () => [(reader?.packets ?? 0) + 1, window.offset])) {
    throwIfAborted(signal);
    window.add(chunk);
    reader ??= begin(window, issues, tunnels === "open");
    if (reader === undefined) {
      window.settle();
      continue;
    }
    for (let isHungry = false; !isHungry; ) {
      batch.count = 0;
      isHungry = reader.fill(window, batch);
      if (batch.count > 0) yield batch;
    }
    if (reader.isStopped) break;
    window.settle();
  }
  if (reader === undefined && window.available === 0) throw notACapture("is empty");
  if (reader === undefined || (!reader.isStopped && window.available > 0)) {
    const left = window.available;
    issues.add("cut-off", (reader?.packets ?? 0) + 1, window.offset, () => `the file ends ${left} bytes into a record`);
  }
  if (issues.total > 0) onIssues?.(issues.report());
}

/** The reader of the format that the first bytes are of; undefined where there are not enough of them yet. */
function begin(window: ByteWindow, issues: PacketIssueLog, opensTunnels: boolean): RecordReader | undefined {
  if (window.available < 4) return undefined;
  const { bytes, start } = window;
  if (pcapMagic(bytes, start) !== null)
    return window.available < PCAP_HEADER_BYTES ? undefined : new PcapReader(window, issues, opensTunnels);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 4);
  if (view.getUint32(0) === SECTION_HEADER) return new PcapngReader(issues, opensTunnels);
  const shown = [...bytes.subarray(start, start + 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw notACapture(`begins with the bytes ${shown}`);
}

/** The unpacked bytes; where unpacking fails, those before, and an issue. */
async function* captureBytes(
  source: PacketSource,
  issues: PacketIssueLog,
  place: () => [packet: number, offset: number],
): AsyncGenerator<Uint8Array> {
  try {
    yield* readBytes(source);
  } catch (error) {
    if (!(error instanceof CsvError) || error.code !== "csv-gzip") throw error;
    if (error.details["limit"] !== undefined)
      throw new PacketError("capture-gzip", error.message, error.details, { cause: error });
    issues.add("damaged-gzip", ...place(), () => "the gzip is damaged or cut short");
  }
}

function notACapture(what: string): PacketError {
  return new PacketError(
    "not-a-capture",
    `The source ${what}: it is neither pcap nor pcapng. Check that it is a capture as tcpdump -w or Wireshark write it.`,
    {},
  );
}
