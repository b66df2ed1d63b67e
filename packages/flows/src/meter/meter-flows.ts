import { type PacketSource, readPacketBatches } from "../packets/read-packets.js";
import { columnsOf, type FlowColumns } from "./columns.js";
import { FeatureWriter } from "./features.js";
import { FlowMeter } from "./flow-meter.js";
import { type FlowEnd, type FlowRecord, idOf, sidesOf } from "./flow-record.js";
import { boundsOf, flowProfile, type MeterOptions } from "./options.js";

/** Records that are held at once when a capture ends: a million of them would be a gigabyte. */
const RECORDS_AT_ONCE = 1024;

/** The columns of what a meter with these options gives. @throws MlsecError `invalid-option`. */
export function flowColumns(options: Pick<MeterOptions, "profile" | "names" | "plugins">): FlowColumns {
  const { identifiers, features, columns } = columnsWithPlugins(options);
  return { identifiers, features, columns };
}

/**
 * Meters a capture: gives every flow with its features once it has ended, and what is still open at the capture's end. Flows
 * end as the profile says: by TCP's flags, and lazily by timeout, when a packet comes that is too late for its flow.
 *
 * Features are those of CICFlowMeter (Lashkari et al., "Characterization of Tor traffic using time based features", 2017;
 * https://github.com/ahlashkari/CICFlowMeter), `CicFixes` says which state of it. Packets of other network protocols, IPv6
 * (unless `ipv6` is set), later fragments and what cannot be read are left out and counted.
 *
 * @throws MlsecError `invalid-option`, `plugin-values`, and as `readPacketBatches`.
 */
export async function* meterFlows(source: PacketSource, options: MeterOptions): AsyncGenerator<FlowRecord> {
  for await (const records of meterRecords(source, options)) yield* records;
}

/** The flows that ended with the packets of a batch, batch by batch; never none. */
export async function* meterRecords(source: PacketSource, options: MeterOptions): AsyncGenerator<FlowRecord[]> {
  const profile = flowProfile(options);
  const { places, features } = columnsWithPlugins(options);
  let ended: FlowRecord[] = [];
  const meter = new FlowMeter(
    profile,
    { ...boundsOf(options), sweep: options.sweep ?? false },
    options.plugins ?? [],
    (flow, end) => ended.push(recordOf(flow, end)),
  );
  const writer = new FeatureWriter(meter.slab, profile.fixes);
  const { sameAddressFlows } = profile.fixes;

  function recordOf(flow: number, end: FlowEnd): FlowRecord {
    const sides = sidesOf(meter.slab, flow);
    const all = writer.write(flow, sides.destinationPort);
    const values = new Float64Array(features.length);
    for (let k = 0; k < places.length; k++) values[k] = all[places[k]!]!;
    if (features.length > places.length) values.set(meter.plugins.values(flow), places.length);
    const numbers = meter.slab.numbersOf(flow);
    const n = meter.slab.numberBase(flow);
    const [start, last] = [numbers[n]!, numbers[n + 1]!];
    return { id: idOf(meter.slab, flow, sides, !sameAddressFlows), ...sides, start, last, end, values };
  }

  const { onIssues, onCounts, signal } = options;
  for await (const batch of readPacketBatches(source, { tunnels: profile.tunnels, onIssues, signal })) {
    meter.add(batch);
    if (ended.length === 0) continue;
    yield ended;
    ended = [];
  }
  for (const _ of meter.end()) {
    if (ended.length < RECORDS_AT_ONCE) continue;
    yield ended;
    ended = [];
  }
  onCounts?.(meter.counts);
  if (ended.length > 0) yield ended;
}

function columnsWithPlugins({
  profile,
  names,
  plugins = [],
}: Pick<MeterOptions, "profile" | "names" | "plugins">): ReturnType<typeof columnsOf> {
  return columnsOf(
    profile,
    names,
    plugins.flatMap((plugin) => plugin.columns),
  );
}
