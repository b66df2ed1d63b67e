import { IpProtocol } from "../packets/packet-batch.js";
import * as C from "./count-fields.js";
import type { CicFixes } from "./fixes.js";
import type { FlowSlab } from "./flow-slab.js";
import * as N from "./number-fields.js";
import { varianceOf } from "./statistics.js";

/**
 * The features that CICFlowMeter knows in any state, by their names in its version 4: those of CIC-IDS2017's file in that order,
 * with the additions of the corrected fork where it has them.
 */
export const FEATURE_NAMES: readonly string[] = [
  ...["Dst Port", "Flow Duration", "Total Fwd Packet", "Total Bwd packets", "Total Length of Fwd Packet"],
  ...["Total Length of Bwd Packet", "Fwd Packet Length Max", "Fwd Packet Length Min", "Fwd Packet Length Mean"],
  ...["Fwd Packet Length Std", "Bwd Packet Length Max", "Bwd Packet Length Min", "Bwd Packet Length Mean"],
  ...["Bwd Packet Length Std", "Flow Bytes/s", "Flow Packets/s", "Flow IAT Mean", "Flow IAT Std", "Flow IAT Max"],
  ...["Flow IAT Min", "Fwd IAT Total", "Fwd IAT Mean", "Fwd IAT Std", "Fwd IAT Max", "Fwd IAT Min", "Bwd IAT Total"],
  ...["Bwd IAT Mean", "Bwd IAT Std", "Bwd IAT Max", "Bwd IAT Min", "Fwd PSH Flags", "Bwd PSH Flags", "Fwd URG Flags"],
  ...["Bwd URG Flags", "Fwd RST Flags", "Bwd RST Flags", "Fwd Header Length", "Bwd Header Length", "Fwd Packets/s"],
  ...["Bwd Packets/s", "Packet Length Min", "Packet Length Max", "Packet Length Mean", "Packet Length Std"],
  ...["Packet Length Variance", "FIN Flag Count", "SYN Flag Count", "RST Flag Count", "PSH Flag Count"],
  ...["ACK Flag Count", "URG Flag Count", "CWR Flag Count", "ECE Flag Count", "Down/Up Ratio", "Average Packet Size"],
  ...["Fwd Segment Size Avg", "Bwd Segment Size Avg", "Fwd Bytes/Bulk Avg", "Fwd Packet/Bulk Avg"],
  ...["Fwd Bulk Rate Avg", "Bwd Bytes/Bulk Avg", "Bwd Packet/Bulk Avg", "Bwd Bulk Rate Avg", "Subflow Fwd Packets"],
  ...["Subflow Fwd Bytes", "Subflow Bwd Packets", "Subflow Bwd Bytes", "FWD Init Win Bytes", "Bwd Init Win Bytes"],
  ...["Fwd Act Data Pkts", "Bwd Act Data Pkts", "Fwd Seg Size Min", "Bwd Seg Size Min", "Active Mean", "Active Std"],
  ...["Active Max", "Active Min", "Idle Mean", "Idle Std", "Idle Max", "Idle Min", "ICMP Code", "ICMP Type"],
  ...["Fwd TCP Retrans. Count", "Bwd TCP Retrans. Count", "Total TCP Retrans. Count", "Total Connection Flow Time"],
  "Total TCP Flow Time",
];

/** Which bit of TCP's flags stands in each of the eight count columns, FIN to ECE (as columns are ordered). */
const FLAGS_IN_ORDER: readonly number[] = [0, 1, 2, 3, 4, 5, 7, 6];
/** Java's HashMap gave the flags out as RST PSH ECE SYN ACK FIN URG CWR; the header was not asked. */
const FLAGS_AS_HASHED: readonly number[] = [2, 3, 6, 1, 4, 0, 5, 7];

const PSH_BIT = 3;
const URG_BIT = 5;
const RST_BIT = 2;

/** Computes the features of a flow in the order of `FEATURE_NAMES`, into an array that it fills anew for every flow. */
export class FeatureWriter {
  readonly values: Float64Array = new Float64Array(FEATURE_NAMES.length);
  private at = 0;

  constructor(
    private readonly slab: FlowSlab,
    private readonly fixes: CicFixes,
  ) {}

  write(flow: number, destinationPort: number): Float64Array {
    const numbers = this.slab.numbersOf(flow);
    const n = this.slab.numberBase(flow);
    const counts = this.slab.countsOf(flow);
    const c = this.slab.countBase(flow);
    this.at = 0;
    const forward = counts[c + C.FWD_PACKETS]!;
    const backward = counts[c + C.BWD_PACKETS]!;
    const duration = numbers[n + N.LAST]! - numbers[n + N.START]!;
    const forwardBytes = numbers[n + N.FWD_LENGTH + N.SUM]!;
    const backwardBytes = numbers[n + N.BWD_LENGTH + N.SUM]!;
    this.put(destinationPort);
    this.put(duration);
    this.put(forward);
    this.put(backward);
    this.put(forwardBytes);
    this.put(backwardBytes);
    this.putLengths(numbers, n + N.FWD_LENGTH, counts, c + C.FWD_LENGTH_MIN, forward);
    this.putLengths(numbers, n + N.BWD_LENGTH, counts, c + C.BWD_LENGTH_MIN, backward);
    this.putRates(duration, forwardBytes + backwardBytes, forward + backward);
    this.putGaps(numbers, n, forward, backward);
    this.putDirectionFlags(counts, c);
    this.putHeaders(numbers[n + N.FWD_HEADERS]!);
    this.putHeaders(numbers[n + N.BWD_HEADERS]!);
    this.put(duration > 0 ? forward / (duration / 1e6) : 0);
    this.put(duration > 0 ? backward / (duration / 1e6) : 0);
    this.putAllLengths(numbers, n, counts, c, forward, backward);
    this.putFlags(counts, c);
    this.putRatios(numbers, n, forward, backward);
    this.putBulks(numbers, n, counts, c);
    this.putSubflows(counts[c + C.SUBFLOWS]!, forward, forwardBytes, backward, backwardBytes);
    this.put(counts[c + C.FWD_WINDOW]!);
    this.put(counts[c + C.BWD_WINDOW]!);
    this.put(counts[c + C.FWD_DATA]!);
    this.put(counts[c + C.BWD_DATA]!);
    this.put(counts[c + C.FWD_HEADER_MIN]!);
    this.put(counts[c + C.BWD_HEADER_MIN]!);
    this.putPeriods(numbers, n + N.ACTIVE, counts[c + C.ACTIVES]!);
    this.putPeriods(numbers, n + N.IDLE, counts[c + C.IDLES]!);
    const icmp = counts[c + C.ICMP]!;
    this.put(icmp < 0 ? -1 : icmp & 255);
    this.put(icmp < 0 ? -1 : icmp >> 8);
    const again = [counts[c + C.FWD_RETRANSMISSIONS]!, counts[c + C.BWD_RETRANSMISSIONS]!] as const;
    this.put(again[0]);
    this.put(again[1]);
    this.put(again[0] + again[1]);
    const time = numbers[n + N.CONNECTION_TIME]!;
    this.put(time);
    this.put((counts[c + C.PROTOCOL]! & 255) === IpProtocol.tcp ? time : 0);
    return this.values;
  }

  private putHeaders(sum: number): void {
    this.put(this.fixes.wideHeaderSums ? sum : (sum << 16) >> 16);
  }

  private put(value: number): void {
    this.values[this.at++] = value;
  }

  private putLengths(numbers: Float64Array, at: number, counts: Int32Array, min: number, packets: number): void {
    this.put(counts[min + 1]!);
    this.put(counts[min]!);
    this.put(numbers[at]!);
    this.put(packets > 0 ? Math.sqrt(varianceOf(numbers, at, packets)) : 0);
  }

  private putRates(duration: number, bytes: number, packets: number): void {
    const isKnown = duration !== 0 || !this.fixes.finiteRates;
    this.put(isKnown ? bytes / (duration / 1e6) : -1);
    this.put(isKnown ? packets / (duration / 1e6) : -1);
  }

  private putGaps(numbers: Float64Array, n: number, forward: number, backward: number): void {
    const gaps = forward + backward - 1;
    if (gaps === 0) for (let k = 0; k < 4; k++) this.put(this.fixes.finiteRates ? 0 : Number.NaN);
    else this.putStatistics(numbers, n + N.GAP, gaps);
    this.put(numbers[n + N.FWD_GAP + N.GAP_SUM]!);
    this.putPeriods(numbers, n + N.FWD_GAP, forward - 1);
    this.put(numbers[n + N.BWD_GAP + N.GAP_SUM]!);
    this.putPeriods(numbers, n + N.BWD_GAP, backward - 1);
  }

  /** Mean, deviation, maximum and minimum; zeros where there are no values. */
  private putPeriods(numbers: Float64Array, at: number, count: number): void {
    if (count > 0) this.putStatistics(numbers, at, count);
    else for (let k = 0; k < 4; k++) this.put(0);
  }

  private putStatistics(numbers: Float64Array, at: number, count: number): void {
    this.put(numbers[at]!);
    this.put(Math.sqrt(varianceOf(numbers, at, count)));
    this.put(numbers[at + N.MAX]!);
    this.put(numbers[at + N.MIN]!);
  }

  private putDirectionFlags(counts: Int32Array, c: number): void {
    for (const bit of [PSH_BIT, URG_BIT, RST_BIT]) {
      for (const flags of [C.FWD_FLAGS, C.BWD_FLAGS]) {
        const all = counts[c + flags + bit]!;
        if (bit === RST_BIT) this.put(this.fixes.firstReset ? all : all - this.firstFlag(counts, c, flags, bit));
        else this.put(this.fixes.directionFlags ? all : this.firstFlag(counts, c, flags, bit));
      }
    }
  }

  /** The first packet's flag, in the column of its direction. */
  private firstFlag(counts: Int32Array, c: number, flags: number, bit: number): number {
    const first = counts[c + C.FIRST_FLAGS]!;
    const isForward = (counts[c + C.STATUS]! & C.FIRST_BACKWARD) === 0;
    return isForward === (flags === C.FWD_FLAGS) ? (first >> bit) & 1 : 0;
  }

  private putAllLengths(
    numbers: Float64Array,
    n: number,
    counts: Int32Array,
    c: number,
    forward: number,
    backward: number,
  ): void {
    const samples = counts[c + C.LENGTHS]!;
    const variance = varianceOf(numbers, n + N.LENGTH, samples);
    const none = forward === 0 ? C.BWD_LENGTH_MIN : C.FWD_LENGTH_MIN;
    const other = backward === 0 ? C.FWD_LENGTH_MIN : C.BWD_LENGTH_MIN;
    this.put(Math.min(counts[c + none]!, counts[c + other]!));
    this.put(Math.max(counts[c + none + 1]!, counts[c + other + 1]!));
    this.put(numbers[n + N.LENGTH]!);
    this.put(Math.sqrt(variance));
    this.put(variance);
  }

  private putFlags(counts: Int32Array, c: number): void {
    const order = this.fixes.flagOrder ? FLAGS_IN_ORDER : FLAGS_AS_HASHED;
    for (const bit of order) this.put(counts[c + C.FWD_FLAGS + bit]! + counts[c + C.BWD_FLAGS + bit]!);
  }

  private putRatios(numbers: Float64Array, n: number, forward: number, backward: number): void {
    const ratio = forward > 0 ? backward / forward : 0;
    this.put(this.fixes.realRatio ? ratio : Math.trunc(ratio));
    this.put(numbers[n + N.LENGTH + N.SUM]! / (forward + backward));
    this.put(forward > 0 ? numbers[n + N.FWD_LENGTH + N.SUM]! / forward : 0);
    this.put(backward > 0 ? numbers[n + N.BWD_LENGTH + N.SUM]! / backward : 0);
  }

  private putBulks(numbers: Float64Array, n: number, counts: Int32Array, c: number): void {
    for (const [bulk, bulks] of [
      [N.FWD_BULK, C.FWD_BULKS],
      [N.BWD_BULK, C.BWD_BULKS],
    ] as const) {
      const count = counts[c + bulks]!;
      const bytes = numbers[n + bulk + N.BULK_BYTES]!;
      const duration = numbers[n + bulk + N.BULK_DURATION]!;
      this.put(count > 0 ? this.average(bytes / count) : 0);
      this.put(count > 0 ? this.average(counts[c + bulks + C.BULK_PACKETS]! / count) : 0);
      this.put(duration !== 0 ? this.average(bytes / (duration / 1e6)) : 0);
    }
    if (!this.fixes.bwdBytesPerBulk) this.values[this.at - 3] = this.values[this.at - 6]!;
  }

  private putSubflows(
    subflows: number,
    forward: number,
    forwardBytes: number,
    backward: number,
    backwardBytes: number,
  ): void {
    for (const total of [forward, forwardBytes, backward, backwardBytes])
      this.put(subflows > 0 ? this.average(total / subflows) : 0);
  }

  private average(value: number): number {
    return this.fixes.realAverages ? value : Math.trunc(value);
  }
}
