import { ACK, CWR, ECE, FIN, type PacketTrace, PSH, RST, SYN, URG } from "./packet-trace.js";

/** Gaps longer than this, in microseconds, are idle time and end an active period. */
const IDLE_AFTER = 5_000_000;

/** The 78 features of CIC-IDS2017 under the header's own names, leading spaces included, in its order. */
export const FLOW_FEATURES: readonly string[] = [
  " Destination Port",
  " Flow Duration",
  " Total Fwd Packets",
  " Total Backward Packets",
  "Total Length of Fwd Packets",
  " Total Length of Bwd Packets",
  " Fwd Packet Length Max",
  " Fwd Packet Length Min",
  " Fwd Packet Length Mean",
  " Fwd Packet Length Std",
  "Bwd Packet Length Max",
  " Bwd Packet Length Min",
  " Bwd Packet Length Mean",
  " Bwd Packet Length Std",
  "Flow Bytes/s",
  " Flow Packets/s",
  " Flow IAT Mean",
  " Flow IAT Std",
  " Flow IAT Max",
  " Flow IAT Min",
  "Fwd IAT Total",
  " Fwd IAT Mean",
  " Fwd IAT Std",
  " Fwd IAT Max",
  " Fwd IAT Min",
  "Bwd IAT Total",
  " Bwd IAT Mean",
  " Bwd IAT Std",
  " Bwd IAT Max",
  " Bwd IAT Min",
  "Fwd PSH Flags",
  " Bwd PSH Flags",
  " Fwd URG Flags",
  " Bwd URG Flags",
  " Fwd Header Length",
  " Bwd Header Length",
  "Fwd Packets/s",
  " Bwd Packets/s",
  " Min Packet Length",
  " Max Packet Length",
  " Packet Length Mean",
  " Packet Length Std",
  " Packet Length Variance",
  "FIN Flag Count",
  " SYN Flag Count",
  " RST Flag Count",
  " PSH Flag Count",
  " ACK Flag Count",
  " URG Flag Count",
  " CWE Flag Count",
  " ECE Flag Count",
  " Down/Up Ratio",
  " Average Packet Size",
  " Avg Fwd Segment Size",
  " Avg Bwd Segment Size",
  " Fwd Header Length.1",
  "Fwd Avg Bytes/Bulk",
  " Fwd Avg Packets/Bulk",
  " Fwd Avg Bulk Rate",
  " Bwd Avg Bytes/Bulk",
  " Bwd Avg Packets/Bulk",
  "Bwd Avg Bulk Rate",
  "Subflow Fwd Packets",
  " Subflow Fwd Bytes",
  " Subflow Bwd Packets",
  " Subflow Bwd Bytes",
  "Init_Win_bytes_forward",
  " Init_Win_bytes_backward",
  " act_data_pkt_fwd",
  " min_seg_size_forward",
  "Active Mean",
  " Active Std",
  " Active Max",
  " Active Min",
  "Idle Mean",
  " Idle Std",
  " Idle Max",
  " Idle Min",
];

/**
 * The features of one flow, in the order of {@link FLOW_FEATURES}: times in microseconds, sizes in bytes of payload,
 * rates per second, standard deviations over n − 1.
 *
 * The definitions are those that the values of the 2017 dataset follow, oddities included, so that its models find the
 * columns that they know: the length statistics over both directions count the first packet twice; the flag columns
 * look at the first packet only and stand under each other's names (`SYN Flag Count` holds PSH, `PSH Flag Count` SYN,
 * `FIN Flag Count` RST, `RST Flag Count` ECE, `URG Flag Count` FIN, `CWE Flag Count` URG, `ECE Flag Count` CWR); ` Down/Up Ratio` is a whole number; a subflow is
 * the flow; the bulk columns are zero; a window is −1 where no TCP header gave one, and the backward one is the last.
 * A flow of no duration has an infinite rate of packets, and of bytes if it has any: otherwise that cell is NaN.
 */
export function flowFeatures(trace: PacketTrace): number[] {
  const fwd = new Direction();
  const bwd = new Direction();
  const lengths = new Statistics();
  const gaps = new Statistics();
  const active = new Statistics();
  const idle = new Statistics();
  let lastWindow = -1;
  let activeSince = trace.time[0]!;
  lengths.add(trace.payload[0]!);
  for (let i = 0; i < trace.length; i++) {
    const time = trace.time[i]!;
    const payload = trace.payload[i]!;
    (trace.forward[i] === 1 ? fwd : bwd).add(time, payload, trace.header[i]!);
    lengths.add(payload);
    if (trace.forward[i] === 0) lastWindow = trace.window[i]!;
    if (i === 0) continue;
    const before = trace.time[i - 1]!;
    gaps.add(time - before);
    if (time - before > IDLE_AFTER) {
      if (before > activeSince) active.add(before - activeSince);
      idle.add(time - before);
      activeSince = time;
    }
  }
  const { duration } = trace;
  const seconds = duration / 1e6;
  const bytes = fwd.lengths.sum + bwd.lengths.sum;
  const perSecond = (count: number): number => (duration > 0 ? count / seconds : 0);
  const first = (flag: number): number => ((trace.flags[0]! & flag) === 0 ? 0 : 1);
  const dataPackets = fwd.withPayload - (trace.payload[0]! > 0 ? 1 : 0);
  return [
    ...[trace.destinationPort, duration, fwd.lengths.count, bwd.lengths.count, fwd.lengths.sum, bwd.lengths.sum],
    ...fwd.lengths.maxMinMeanStd(),
    ...bwd.lengths.maxMinMeanStd(),
    ...[bytes / seconds, trace.length / seconds],
    ...gaps.meanStdMaxMin(),
    ...[fwd.gaps.sum, ...fwd.gaps.meanStdMaxMin()],
    ...[bwd.gaps.sum, ...bwd.gaps.meanStdMaxMin()],
    ...[first(PSH), 0, first(URG), 0],
    ...[fwd.headerBytes, bwd.headerBytes],
    ...[perSecond(fwd.lengths.count), perSecond(bwd.lengths.count)],
    ...[lengths.min, lengths.max, lengths.mean, lengths.std, lengths.variance],
    ...[first(RST), first(PSH), first(ECE), first(SYN), first(ACK), first(FIN), first(URG), first(CWR)],
    ...[Math.floor(bwd.lengths.count / fwd.lengths.count), lengths.sum / trace.length],
    ...[fwd.lengths.mean, bwd.lengths.mean, fwd.headerBytes],
    ...[0, 0, 0, 0, 0, 0],
    ...[fwd.lengths.count, fwd.lengths.sum, bwd.lengths.count, bwd.lengths.sum],
    ...[trace.tcp ? trace.window[0]! : -1, trace.tcp ? lastWindow : -1],
    ...[dataPackets, fwd.smallestHeader],
    ...active.meanStdMaxMin(),
    ...idle.meanStdMaxMin(),
  ];
}

/** One direction of a flow. */
class Direction {
  readonly lengths = new Statistics();
  readonly gaps = new Statistics();
  headerBytes = 0;
  smallestHeader = 0;
  withPayload = 0;
  private last = 0;

  add(time: number, payload: number, header: number): void {
    if (this.lengths.count > 0) this.gaps.add(time - this.last);
    this.smallestHeader = this.lengths.count === 0 ? header : Math.min(this.smallestHeader, header);
    this.lengths.add(payload);
    this.headerBytes += header;
    if (payload > 0) this.withPayload++;
    this.last = time;
  }
}

/** Running statistics of whole numbers (Welford's recurrence for the variance); all zero while there is none. */
class Statistics {
  count = 0;
  sum = 0;
  min = 0;
  max = 0;
  private centre = 0;
  private squares = 0;

  add(value: number): void {
    this.min = this.count === 0 ? value : Math.min(this.min, value);
    this.max = this.count === 0 ? value : Math.max(this.max, value);
    this.count++;
    this.sum += value;
    const step = value - this.centre;
    this.centre += step / this.count;
    this.squares += step * (value - this.centre);
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  get variance(): number {
    return this.count < 2 ? 0 : this.squares / (this.count - 1);
  }

  get std(): number {
    return Math.sqrt(this.variance);
  }

  maxMinMeanStd(): number[] {
    return [this.max, this.min, this.mean, this.std];
  }

  meanStdMaxMin(): number[] {
    return [this.mean, this.std, this.max, this.min];
  }
}
