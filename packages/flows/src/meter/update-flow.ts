import * as C from "./count-fields.js";
import type { CicFixes } from "./fixes.js";
import type { FlowSlab } from "./flow-slab.js";
import type { MeteredPacket } from "./metered-packet.js";
import * as N from "./number-fields.js";
import { addRanged, addValue } from "./statistics.js";

/** A gap of more than this ends a bulk and begins a subflow. */
const SECOND = 1_000_000;
/** Packets with payload that make a bulk. */
const BULK_PACKETS = 4;

/** Adds packets to the flows of a slab by the rules of CICFlowMeter. */
export class FlowUpdater {
  constructor(
    private readonly slab: FlowSlab,
    private readonly fixes: CicFixes,
    private readonly activityTimeout: number,
  ) {}

  /** The packet that a flow begins with. */
  first(flow: number, packet: MeteredPacket, isForward: boolean): void {
    const numbers = this.slab.numbersOf(flow);
    const n = this.slab.numberBase(flow);
    const counts = this.slab.countsOf(flow);
    const c = this.slab.countBase(flow);
    const { fixes } = this;
    const { time } = packet;
    numbers[n + N.START] = time;
    numbers[n + N.LAST] = time;
    numbers[n + N.ACTIVE_START] = time;
    numbers[n + N.ACTIVE_END] = time;
    counts[c + C.ICMP] = packet.icmp;
    counts[c + C.FWD_WINDOW] = fixes.zeroWindows ? 0 : -1;
    counts[c + C.BWD_WINDOW] = fixes.zeroWindows ? 0 : -1;
    counts[c + (isForward ? C.FWD_WINDOW : C.BWD_WINDOW)] = packet.window;
    if (!fixes.everyPacket || !fixes.subflowGap) counts[c + C.SUBFLOWS] = 1;
    counts[c + C.FIRST_FLAGS] = packet.flags;
    if (!isForward) counts[c + C.STATUS] = counts[c + C.STATUS]! | C.FIRST_BACKWARD;
    this.addFlags(counts, c, packet.flags, isForward);
    if (fixes.everyPacket) this.addToBulk(numbers, n, counts, c, packet, isForward);
    const lengths = fixes.singleFirstLength ? 1 : 2;
    for (let k = 0; k < lengths; k++) this.addLength(numbers, n, counts, c, packet.payload);
    this.addToDirection(numbers, n, counts, c, packet, isForward, fixes.firstDataPacket);
  }

  /** A packet after the first one. */
  add(flow: number, packet: MeteredPacket, isForward: boolean, updatesActivity: boolean): void {
    const numbers = this.slab.numbersOf(flow);
    const n = this.slab.numberBase(flow);
    const counts = this.slab.countsOf(flow);
    const c = this.slab.countBase(flow);
    const { fixes } = this;
    const { time } = packet;
    const last = numbers[n + N.LAST]!;
    if (updatesActivity) this.addActivity(numbers, n, counts, c, time);
    if (fixes.everyPacket) {
      this.addToBulk(numbers, n, counts, c, packet, isForward);
      if (!fixes.subflowGap || time - last > SECOND) counts[c + C.SUBFLOWS] = counts[c + C.SUBFLOWS]! + 1;
      this.addFlags(counts, c, packet.flags, isForward);
    }
    this.addLength(numbers, n, counts, c, packet.payload);
    const window = isForward ? C.FWD_WINDOW : C.BWD_WINDOW;
    if (!isForward && (!fixes.firstBwdWindow || counts[c + window] === 0)) counts[c + window] = packet.window;
    this.addToDirection(numbers, n, counts, c, packet, isForward, true);
    addRanged(numbers, n + N.GAP, counts[c + C.FWD_PACKETS]! + counts[c + C.BWD_PACKETS]! - 1, time - last);
    numbers[n + N.LAST] = time;
  }

  private addToDirection(
    numbers: Float64Array,
    n: number,
    counts: Int32Array,
    c: number,
    packet: MeteredPacket,
    isForward: boolean,
    countsData: boolean,
  ): void {
    const { time, payload, header } = packet;
    const isFirstOfFlow = counts[c + C.FWD_PACKETS]! + counts[c + C.BWD_PACKETS]! === 0;
    const packets = counts[c + (isForward ? C.FWD_PACKETS : C.BWD_PACKETS)]! + 1;
    counts[c + (isForward ? C.FWD_PACKETS : C.BWD_PACKETS)] = packets;
    const length = n + (isForward ? N.FWD_LENGTH : N.BWD_LENGTH);
    addValue(numbers, length, packets, payload);
    numbers[length + N.SUM] = numbers[length + N.SUM]! + payload;
    const min = c + (isForward ? C.FWD_LENGTH_MIN : C.BWD_LENGTH_MIN);
    if (packets === 1 || payload < counts[min]!) counts[min] = payload;
    if (packets === 1 || payload > counts[min + 1]!) counts[min + 1] = payload;
    const headers = n + (isForward ? N.FWD_HEADERS : N.BWD_HEADERS);
    numbers[headers] = numbers[headers]! + header;
    const headerMin = c + (isForward ? C.FWD_HEADER_MIN : C.BWD_HEADER_MIN);
    // It begins at 0 for a direction that the flow did not begin with, and stays there: so do both meters.
    if (isFirstOfFlow || header < counts[headerMin]!) counts[headerMin] = header;
    if (countsData && payload >= 1) {
      const data = c + (isForward ? C.FWD_DATA : C.BWD_DATA);
      counts[data] = counts[data]! + 1;
    }
    const lastAt = n + (isForward ? N.FWD_LAST : N.BWD_LAST);
    if (packets > 1) {
      const gap = n + (isForward ? N.FWD_GAP : N.BWD_GAP);
      const value = time - numbers[lastAt]!;
      addRanged(numbers, gap, packets - 1, value);
      numbers[gap + N.GAP_SUM] = numbers[gap + N.GAP_SUM]! + value;
    }
    numbers[lastAt] = time;
  }

  private addLength(numbers: Float64Array, n: number, counts: Int32Array, c: number, payload: number): void {
    const samples = counts[c + C.LENGTHS]! + 1;
    counts[c + C.LENGTHS] = samples;
    addValue(numbers, n + N.LENGTH, samples, payload);
    numbers[n + N.LENGTH + N.SUM] = numbers[n + N.LENGTH + N.SUM]! + payload;
  }

  private addFlags(counts: Int32Array, c: number, flags: number, isForward: boolean): void {
    const at = c + (isForward ? C.FWD_FLAGS : C.BWD_FLAGS);
    for (let bit = 0, left = flags; left !== 0; bit++, left >>= 1)
      if ((left & 1) !== 0) counts[at + bit] = counts[at + bit]! + 1;
  }

  /** A gap beyond the activity timeout is idle time; what lies before it was an active period, unless it has no length. */
  private addActivity(numbers: Float64Array, n: number, counts: Int32Array, c: number, time: number): void {
    const end = numbers[n + N.ACTIVE_END]!;
    if (time - end > this.activityTimeout) {
      const active = end - numbers[n + N.ACTIVE_START]!;
      if (active > 0) {
        const actives = counts[c + C.ACTIVES]! + 1;
        counts[c + C.ACTIVES] = actives;
        addRanged(numbers, n + N.ACTIVE, actives, active);
      }
      const idles = counts[c + C.IDLES]! + 1;
      counts[c + C.IDLES] = idles;
      addRanged(numbers, n + N.IDLE, idles, time - end);
      numbers[n + N.ACTIVE_START] = time;
    }
    numbers[n + N.ACTIVE_END] = time;
  }

  /**
   * Four packets of payload in one direction, with gaps of at most a second and without bulk of the other direction between
   * them, are a bulk, and so are those that follow.
   */
  private addToBulk(
    numbers: Float64Array,
    n: number,
    counts: Int32Array,
    c: number,
    { time, payload }: MeteredPacket,
    isForward: boolean,
  ): void {
    const goesForward = isForward && this.fixes.bulkDirection;
    const bulk = n + (goesForward ? N.FWD_BULK : N.BWD_BULK);
    const other = n + (goesForward ? N.BWD_BULK : N.FWD_BULK);
    if (numbers[other + N.BULK_LAST]! > numbers[bulk]!) numbers[bulk] = 0;
    if (payload <= 0) return;
    const bulks = c + (goesForward ? C.FWD_BULKS : C.BWD_BULKS);
    const last = numbers[bulk + N.BULK_LAST]!;
    numbers[bulk + N.BULK_LAST] = time;
    if (numbers[bulk] === 0 || time - last > SECOND) {
      numbers[bulk] = time;
      numbers[bulk + N.BULK_SIZE] = payload;
      counts[bulks + C.BULK_CANDIDATE] = 1;
      return;
    }
    const candidate = counts[bulks + C.BULK_CANDIDATE]! + 1;
    counts[bulks + C.BULK_CANDIDATE] = candidate;
    numbers[bulk + N.BULK_SIZE] = numbers[bulk + N.BULK_SIZE]! + payload;
    if (candidate < BULK_PACKETS) return;
    const isNew = candidate === BULK_PACKETS;
    if (isNew) counts[bulks] = counts[bulks]! + 1;
    counts[bulks + C.BULK_PACKETS] = counts[bulks + C.BULK_PACKETS]! + (isNew ? BULK_PACKETS : 1);
    numbers[bulk + N.BULK_BYTES] = numbers[bulk + N.BULK_BYTES]! + (isNew ? numbers[bulk + N.BULK_SIZE]! : payload);
    numbers[bulk + N.BULK_DURATION] = numbers[bulk + N.BULK_DURATION]! + time - (isNew ? numbers[bulk]! : last);
  }
}
