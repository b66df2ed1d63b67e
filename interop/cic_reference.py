"""The features of CICFlowMeter's flows, restated: each is computed from the list of a flow's packets by its definition.

`cic-fixed` has the 87 columns of the fork of 2024, `cic-improved` the 82 of the improved datasets and `cic2017` the 78 of
CIC-IDS2017, with what their meters did otherwise; see flow_assembly.py for the sources.
"""

import math
from datetime import datetime, timedelta

import numpy as np

from capture_reader import ACK, CWR, ECE, FIN, ICMP, PSH, RST, SYN, TCP, UDP, URG, Packet
from flow_assembly import Flow

ACTIVITY_TIMEOUT = 5_000_000
SUBFLOW_GAP = BULK_GAP = 1_000_000
BULK_PACKETS = 4
SECOND = 1_000_000
NOTHING = [0.0, 0.0, 0.0, 0.0]


def features(flow: Flow, profile: str) -> dict[str, float]:
    """The features by name, in the order of the columns."""
    return {"cic-fixed": fixed_features, "cic-improved": improved_features, "cic2017": features_of_2017}[profile](flow)


def identifiers(flow: Flow, profile: str) -> dict:
    moment = datetime(1970, 1, 1) + timedelta(microseconds=flow.start)
    if profile != "cic2017":
        names, text = "Flow ID, Src IP, Src Port, Dst IP, Dst Port, Protocol, Timestamp", moment.strftime("%Y-%m-%d %H:%M:%S.%f")
    else:
        names = "Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp"
        text = moment.strftime("%d/%m/%Y %I:%M:%S")
    ends = [flow.source, flow.source_port, flow.destination, flow.destination_port]
    return named(names, [flow.id, *ends, flow.protocol, text])


def described(values: list[int]) -> list[float]:
    """Mean, sample standard deviation, largest, smallest; zeros of nothing, no deviation of one value."""
    if not values:
        return NOTHING
    array = np.array(values, dtype=float)
    return [float(array.mean()), float(array.std(ddof=1)) if len(values) > 1 else 0.0, float(array.max()), float(array.min())]


def gaps(packets: list[Packet]) -> list[int]:
    return [later.time - earlier.time for earlier, later in zip(packets, packets[1:])]


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def with_flag(packets: list[Packet], flag: int) -> int:
    return sum(bool(packet.flags & flag) for packet in packets)


def total(packets: list[Packet], what: str = "payload") -> int:
    return sum(getattr(packet, what) for packet in packets)


def named(names: str, values: list) -> dict[str, float]:
    return dict(zip(names.split(", "), values, strict=True))


def active_and_idle(packets: list[Packet]) -> tuple[list[int], list[int]]:
    """Periods before gaps of more than 5 seconds, but those of one moment; and these gaps. What follows the last one is open."""
    active, idle, begin = [], [], packets[0].time
    for earlier, later in zip(packets, packets[1:]):
        if later.time - earlier.time > ACTIVITY_TIMEOUT:
            if earlier.time > begin:
                active.append(earlier.time - begin)
            idle.append(later.time - earlier.time)
            begin = later.time
    return active, idle


def bulks(flow: Flow, forward: bool) -> list[list[Packet]]:
    """Runs of at least four packets with payload in one direction, no more than a second apart, none of the other in between."""
    runs: list[list[Packet]] = [[]]
    other = None  # when the other direction last had payload
    for packet, ahead in zip(flow.packets, flow.forward):
        if ahead != forward:
            if packet.payload > 0:
                other = packet.time
            continue
        if runs[-1] and other is not None and other > runs[-1][0].time:
            runs.append([])
        if packet.payload == 0:
            continue
        if runs[-1] and packet.time - runs[-1][-1].time > BULK_GAP:
            runs.append([])
        runs[-1].append(packet)
    return [run for run in runs if len(run) >= BULK_PACKETS]


def bulk_features(flow: Flow, forward: bool) -> list[float]:
    found = bulks(flow, forward)
    size = sum(map(total, found))
    lasted = sum(run[-1].time - run[0].time for run in found)
    return [ratio(size, len(found)), ratio(sum(map(len, found)), len(found)), ratio(size, lasted / SECOND)]


def retransmissions(flow: Flow, forward: bool) -> int:
    """Packets of a direction that were there before in the connection, its parts before the timeout among it."""
    if flow.protocol != TCP:
        return 0
    seen, count = set(), 0
    for part in [*flow.parts, flow]:
        for packet, ahead in zip(part.packets, part.forward):
            mark = (packet.source, packet.sequence, packet.acknowledgement, packet.payload, packet.window)
            count += part is flow and ahead == forward and mark in seen
            seen.add(mark)
    return count


def directions(flow: Flow) -> dict[str, float]:
    """What both profiles have of each direction."""
    row = {}
    for name, packets in (("Fwd", flow.of(True)), ("Bwd", flow.of(False))):
        mean, deviation, most, least = described([packet.payload for packet in packets])
        row |= named(f"{name} Packet Length Max, {name} Packet Length Min", [most, least])
        row |= named(f"{name} Packet Length Mean, {name} Packet Length Std", [mean, deviation])
    return row


def times(flow: Flow) -> dict[str, float]:
    mean, deviation, most, least = described(gaps(flow.packets))
    row = named("Flow IAT Mean, Flow IAT Std, Flow IAT Max, Flow IAT Min", [mean, deviation, most, least])
    for name, packets in (("Fwd", flow.of(True)), ("Bwd", flow.of(False))):
        between = gaps(packets)
        names = f"{name} IAT Total, {name} IAT Mean, {name} IAT Std, {name} IAT Max, {name} IAT Min"
        row |= named(names, [sum(between), *described(between)])
    return row


def lengths(payloads: list[int]) -> dict[str, float]:
    mean, deviation, most, least = described(payloads)
    names = "Packet Length Min, Packet Length Max, Packet Length Mean, Packet Length Std, Packet Length Variance"
    return named(names, [least, most, mean, deviation, deviation**2])


def periods(packets: list[Packet]) -> dict[str, float]:
    row = {}
    for name, lasted in zip(("Active", "Idle"), active_and_idle(packets)):
        row |= named(f"{name} Mean, {name} Std, {name} Max, {name} Min", described(lasted))
    return row


def fixed_features(flow: Flow) -> dict[str, float]:
    packets, ahead, back = flow.packets, flow.of(True), flow.of(False)
    duration = flow.last - flow.start
    seconds = duration / SECOND
    row: dict[str, float] = {
        "Dst Port": flow.destination_port,
        "Flow Duration": duration,
        "Total Fwd Packet": len(ahead),
        "Total Bwd packets": len(back),
        "Total Length of Fwd Packet": total(ahead),
        "Total Length of Bwd Packet": total(back),
        **directions(flow),
        "Flow Bytes/s": total(packets) / seconds if duration else -1,
        "Flow Packets/s": len(packets) / seconds if duration else -1,
        **times(flow),
    }
    for flag, bit in (("PSH", PSH), ("URG", URG), ("RST", RST)):
        row |= named(f"Fwd {flag} Flags, Bwd {flag} Flags", [with_flag(ahead, bit), with_flag(back, bit)])
    row |= named("Fwd Header Length, Bwd Header Length", [total(ahead, "header"), total(back, "header")])
    row |= named("Fwd Packets/s, Bwd Packets/s", [len(way) / seconds if duration > 0 else 0 for way in (ahead, back)])
    row |= lengths([packet.payload for packet in packets])
    for flag, bit in zip(("FIN", "SYN", "RST", "PSH", "ACK", "URG", "CWR", "ECE"), (FIN, SYN, RST, PSH, ACK, URG, CWR, ECE)):
        row[f"{flag} Flag Count"] = with_flag(packets, bit)
    row["Down/Up Ratio"] = ratio(len(back), len(ahead))
    row["Average Packet Size"] = total(packets) / len(packets)
    row |= named("Fwd Segment Size Avg, Bwd Segment Size Avg", [ratio(total(way), len(way)) for way in (ahead, back)])
    for name, forward in (("Fwd", True), ("Bwd", False)):
        names = f"{name} Bytes/Bulk Avg, {name} Packet/Bulk Avg, {name} Bulk Rate Avg"
        row |= named(names, bulk_features(flow, forward))
    subflows = sum(gap > SUBFLOW_GAP for gap in gaps(packets))
    for name, way in (("Fwd", ahead), ("Bwd", back)):
        row |= named(f"Subflow {name} Packets, Subflow {name} Bytes", [ratio(len(way), subflows), ratio(total(way), subflows)])
    begins_forward = flow.forward[0]
    row["FWD Init Win Bytes"] = packets[0].window if begins_forward else 0
    row["Bwd Init Win Bytes"] = next((packet.window for packet in back if packet.window), 0)
    for name, way in (("Fwd", ahead), ("Bwd", back)):
        row[f"{name} Act Data Pkts"] = sum(packet.payload >= 1 for packet in way)
    # A minimum that begins at 0, but in the direction of the first packet.
    row["Fwd Seg Size Min"] = min(packet.header for packet in ahead) if begins_forward else 0
    row["Bwd Seg Size Min"] = 0 if begins_forward else min(packet.header for packet in back)
    row |= periods(packets)
    is_icmp = flow.protocol == ICMP
    row["ICMP Code"] = packets[0].icmp_code if is_icmp else -1
    row["ICMP Type"] = packets[0].icmp_type if is_icmp else -1
    again = [retransmissions(flow, forward) for forward in (True, False)]
    row |= named("Fwd TCP Retrans. Count, Bwd TCP Retrans. Count, Total TCP Retrans. Count", [*again, sum(again)])
    row["Total Connection Flow Time"] = connection_time([*flow.parts, flow]) if flow.protocol in (TCP, UDP) else 0
    return row


def connection_time(parts: list[Flow]) -> int:
    """What the parts lasted, and the gaps between them."""
    lasted = sum(part.last - part.start for part in parts)
    return lasted + sum(after.start - before.last for before, after in zip(parts, parts[1:]))


def improved_features(flow: Flow) -> dict[str, float]:
    """What the rows of the improved CIC-IDS2017 show beside the later state."""
    packets, ahead, back = flow.packets, flow.of(True), flow.of(False)
    row = fixed_features(flow)
    for name in ("Bwd Act Data Pkts", "Bwd Seg Size Min", "Total Connection Flow Time"):
        del row[name]
    for name in [name for name in row if "Retrans" in name]:
        del row[name]
    for name in [name for name in row if "Bulk" in name]:
        row[name] = math.trunc(row[name])
    for name, way in (("Fwd", ahead), ("Bwd", back)):
        row[f"Subflow {name} Packets"] = len(way) // len(packets)
        row[f"Subflow {name} Bytes"] = total(way) // len(packets)
        row[f"{name} Header Length"] = (total(way, "header") + 0x8000) % 0x10000 - 0x8000
    if flow.last == flow.start:
        row["Flow Bytes/s"], row["Flow Packets/s"] = math.inf if total(packets) else math.nan, math.inf
    is_tcp = flow.protocol == TCP
    row["Bwd Init Win Bytes"] = back[-1].window if is_tcp and back else 0
    begins_forward = flow.forward[0]
    row["Fwd Act Data Pkts"] = sum(packet.payload >= 1 for packet in (ahead[1:] if begins_forward else ahead))
    row["Fwd RST Flags" if begins_forward else "Bwd RST Flags"] -= bool(packets[0].flags & RST)
    row["Total TCP Flow Time"] = connection_time([*flow.parts, flow]) if is_tcp else 0
    return row


def features_of_2017(flow: Flow) -> dict[str, float]:
    packets, ahead, back = flow.packets, flow.of(True), flow.of(False)
    first, duration = packets[0], flow.last - flow.start
    seconds = duration / SECOND
    # Of both directions together the first packet is counted twice.
    payloads = [first.payload] + [packet.payload for packet in packets]

    def first_has(bit: int) -> int:
        return int(bool(first.flags & bit))

    header = [total(ahead, "header"), total(back, "header")]
    row: dict[str, float] = {
        "Destination Port": flow.destination_port,
        "Flow Duration": duration,
        "Total Fwd Packets": len(ahead),
        "Total Backward Packets": len(back),
        "Total Length of Fwd Packets": total(ahead),
        "Total Length of Bwd Packets": total(back),
        **directions(flow),
        "Flow Bytes/s": total(packets) / seconds if duration else (math.inf if total(packets) else math.nan),
        "Flow Packets/s": len(packets) / seconds if duration else math.inf,
        **times(flow),
        "Fwd PSH Flags": first_has(PSH),
        "Bwd PSH Flags": 0,
        "Fwd URG Flags": first_has(URG),
        "Bwd URG Flags": 0,
        "Fwd Header Length": header[0],
        "Bwd Header Length": header[1],
        "Fwd Packets/s": len(ahead) / seconds if duration > 0 else 0,
        "Bwd Packets/s": len(back) / seconds if duration > 0 else 0,
    }
    of_all = lengths(payloads)
    row["Min Packet Length"], row["Max Packet Length"] = of_all.pop("Packet Length Min"), of_all.pop("Packet Length Max")
    row |= of_all
    # The first packet's bits, in columns of other flags.
    for flag, bit in zip(("FIN", "SYN", "RST", "PSH", "ACK", "URG", "CWE", "ECE"), (RST, PSH, ECE, SYN, ACK, FIN, URG, CWR)):
        row[f"{flag} Flag Count"] = first_has(bit)
    row["Down/Up Ratio"] = len(back) // len(ahead)
    row["Average Packet Size"] = sum(payloads) / len(packets)
    row |= named("Avg Fwd Segment Size, Avg Bwd Segment Size", [ratio(total(way), len(way)) for way in (ahead, back)])
    row["Fwd Header Length.1"] = header[0]
    for name in ("Fwd", "Bwd"):
        row |= named(f"{name} Avg Bytes/Bulk, {name} Avg Packets/Bulk, {name} Avg Bulk Rate", [0, 0, 0])
    for name, way in (("Fwd", ahead), ("Bwd", back)):
        row |= named(f"Subflow {name} Packets, Subflow {name} Bytes", [len(way), total(way)])
    is_tcp = flow.protocol == TCP
    row["Init_Win_bytes_forward"] = first.window if is_tcp else -1
    row["Init_Win_bytes_backward"] = back[-1].window if is_tcp and back else -1
    row["act_data_pkt_fwd"] = sum(packet.payload >= 1 for packet in ahead[1:])
    row["min_seg_size_forward"] = min(packet.header for packet in ahead)
    # The packet with the FIN that ended the flow is the only one whose gap is not looked at.
    is_finished = is_tcp and bool(packets[-1].flags & FIN)
    return row | periods(packets[:-1] if is_finished else packets)
