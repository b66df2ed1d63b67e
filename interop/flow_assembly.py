"""Packets to flows by the rules of CICFlowMeter, restated: the fork of 2024 (`cic-fixed`), as it was in 2022 when it made the
improved datasets (`cic-improved`), and what made CIC-IDS2017 (`cic2017`).

Written from a description of github.com/GintsEngelen/CICFlowMeter at 4dd5319 and github.com/ahlashkari/CICFlowMeter at eaa853d; no
code of theirs, and none of @mlsec/flows. What the description leaves open is listed in test_flows.py. A flow is the list of its
packets; whatever is asked of it is looked up there.
"""

from dataclasses import dataclass, field, replace

from capture_reader import ACK, FIN, ICMP, IGMP, RST, SCTP, SYN, TCP, UDP, Packet

FLOW_TIMEOUT = 120_000_000


@dataclass(eq=False)
class Flow:
    """Packets between two ends, and which of them go forward."""

    source: str
    destination: str
    source_port: int
    destination_port: int
    protocol: int
    id: str = ""
    packets: list[Packet] = field(default_factory=list)
    forward: list[bool] = field(default_factory=list)
    parts: list["Flow"] = field(default_factory=list)  # those of the same connection that the timeout cut off before

    @property
    def start(self) -> int:
        return self.packets[0].time

    @property
    def last(self) -> int:
        return self.packets[-1].time

    def add(self, packet: Packet, forward: bool | None = None):
        """Ports have no say in the direction: between equal addresses all packets go forward."""
        self.packets.append(packet)
        self.forward.append(packet.source == self.source if forward is None else forward)

    def of(self, forward: bool) -> list[Packet]:
        return [packet for packet, ahead in zip(self.packets, self.forward) if ahead == forward]


def flow_from(packet: Packet, reverse: bool = False) -> Flow:
    ends = (packet.source, packet.destination, packet.source_port, packet.destination_port)
    if reverse:
        ends = (packet.destination, packet.source, packet.destination_port, packet.source_port)
    return Flow(*ends, packet.protocol)


def assemble(packets: list[Packet], profile: str) -> list[Flow]:
    """The flows that are written, those that ended first, then those that the end of the capture ended."""
    if profile == "cic2017":
        return flows_of_2017(packets)
    if profile == "cic-fixed":
        return flows_of_fork([as_named(packet, (TCP, UDP, SCTP), (ICMP, IGMP)) for packet in packets], turns_answers=True)
    flows = flows_of_fork([as_named(packet, (TCP, UDP), (ICMP,)) for packet in packets], turns_answers=False)
    return [flow for flow in flows if len(flow.packets) > 1]


# The fork.


def as_named(packet: Packet, with_ports: tuple, without: tuple) -> Packet:
    """Protocols that the fork does not name are one, without ports; ICMP and IGMP have neither ports nor lengths."""
    if packet.protocol in with_ports:
        return packet
    protocol = packet.protocol if packet.protocol in without else 0
    return replace(packet, protocol=protocol, source_port=0, destination_port=0, payload=0, header=0)


def flows_of_fork(packets: list[Packet], turns_answers: bool) -> list[Flow]:
    """turns_answers: whether what begins with a SYN-ACK goes the other way."""
    done: list[Flow] = []
    running: dict[str, Flow] = {}
    for packet in packets:
        found = id_of(flow_from(packet))
        if found not in running:
            found = id_of(flow_from(packet, reverse=True))
        flow = running.get(found)
        if flow is not None and not ends_before(flow, packet):
            flow.add(packet)
            continue
        if flow is not None:
            done.append(running.pop(found))
        follower = following(flow, packet, turns_answers)
        # Filed, and written, under the name that the first flow between these ends had, whatever the direction of later ones.
        follower.id = found if flow is not None else id_of(follower)
        running[follower.id] = follower
    return done + list(running.values())


def id_of(flow: Flow) -> str:
    return f"{flow.source}-{flow.destination}-{flow.source_port}-{flow.destination_port}-{flow.protocol}"


def ends_before(flow: Flow, packet: Packet) -> bool:
    """Whether a packet between the same ends does not belong to the flow any more."""
    if packet.time - flow.start > FLOW_TIMEOUT or is_reopened(flow, packet):
        return True
    first = flow.packets[0]
    return flow.protocol == ICMP and packet.icmp_type != first.icmp_type and packet.icmp_code != first.icmp_code


def is_reopened(flow: Flow, packet: Packet) -> bool:
    return flow.protocol == TCP and bool(packet.flags & SYN) and is_closed(flow)


def is_closed(flow: Flow) -> bool:
    """A reset, or two FINs, by the second of which both sides have sent one, and an ACK.

    What a flow begins with closes nothing, but a FIN of it counts as sent. A FIN hides a reset in the same packet.
    """
    steps, sent = 0, set()
    for at, (packet, forward) in enumerate(zip(flow.packets, flow.forward)):
        if packet.flags & FIN:
            sent.add(forward)
            if at > 0 and (steps == 0 or steps == 1 and len(sent) == 2):
                steps += 1
        elif at > 0 and (packet.flags & RST or packet.flags & ACK and steps == 2):
            return True
    return False


def following(before: Flow | None, packet: Packet, turns_answers: bool) -> Flow:
    """The flow that begins with a packet: another part of the connection where the timeout cut it, else one of its own."""
    if before is not None and not is_reopened(before, packet) and packet.time - before.start > FLOW_TIMEOUT:
        if before.protocol == TCP or before.protocol == UDP and packet.time - before.last <= FLOW_TIMEOUT:
            flow = replace(before, packets=[], forward=[], parts=[*before.parts, before])
            flow.add(packet)
            return flow
    is_answer = packet.protocol == TCP and packet.flags & (SYN | ACK) == SYN | ACK
    flow = flow_from(packet, reverse=turns_answers and is_answer)
    flow.add(packet)
    return flow


# CIC-IDS2017.


def as_2017(packets: list[Packet]) -> list[Packet]:
    """Payloads with what pads their frames; UDP with the header length of the TCP packet before it in the capture."""
    made, header = [], 0
    for packet in packets:
        if packet.protocol == TCP:
            header = packet.header
            made.append(replace(packet, payload=packet.rest))
        elif packet.protocol == UDP:
            made.append(replace(packet, payload=packet.rest, header=header))
        else:
            made.append(replace(packet, protocol=0, source_port=0, destination_port=0, payload=0, header=0))
    return made


def flows_of_2017(packets: list[Packet]) -> list[Flow]:
    done: list[Flow] = []
    running: dict[str, Flow] = {}
    for packet in as_2017(packets):
        key = key_of_2017(packet)
        flow = running.get(key)
        if flow is None:
            running[key] = flow = flow_from(packet)
            flow.add(packet, forward=True)
        elif packet.time - flow.start > FLOW_TIMEOUT:
            done.append(running.pop(key))
            # With the ends of the flow before it; but its first packet counts as forward, whatever way it goes.
            running[key] = replace(flow, packets=[packet], forward=[True])
        else:
            flow.add(packet)
            if packet.protocol == TCP and packet.flags & FIN:
                done.append(running.pop(key))
        running.get(key, flow).id = key
    return [flow for flow in done + list(running.values()) if len(flow.packets) > 1]


def key_of_2017(packet: Packet) -> str:
    """Addresses ordered by their first bytes that differ, as signed bytes; equal ones as they are."""

    def signed(address: str) -> list[int]:
        return [(int(byte) + 128) % 256 - 128 for byte in address.split(".")]

    ends = (packet.source, packet.destination, packet.source_port, packet.destination_port)
    if signed(packet.source) > signed(packet.destination):
        ends = (packet.destination, packet.source, packet.destination_port, packet.source_port)
    return "-".join(map(str, (*ends, packet.protocol)))
