"""A second reader of captures, in Python's own library alone: the packets of a pcap or pcapng file that have IPv4 headers.

Formats: draft-ietf-opsawg-pcap and -pcapng; link types of https://www.tcpdump.org/linktypes.html; RFC 791, 768, 792, 9293.
Left out, as @mlsec/flows leaves them out: other network protocols than IPv4, headers that were not captured as a whole or
whose lengths contradict each other, and all fragments of a packet but the first, which have no ports.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

TCP, UDP, ICMP, IGMP, SCTP = 6, 17, 1, 2, 132
MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1),
    b"\xd4\xc3\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1000),
}
ETHERNET, RAW, LOOPBACK, COOKED, COOKED_2 = {1}, {12, 14, 101, 228, 229}, {0, 108}, {113}, {276}
PPP, WIRELESS, RADIOTAP = {9, 50}, {105}, {127}
# Bytes from one Ethernet type to behind the next: VLANs, Cisco's VN-Tag, provider backbone bridges, FabricPath.
TAGS = {0x8100: 4, 0x88A8: 4, 0x9100: 4, 0x9200: 4, 0x8926: 6, 0x88E7: 18, 0x8903: 16}
MPLS, PPPOE, IPV4 = {0x8847, 0x8848}, 0x8864, 0x0800
MAX_CAPTURED, MAX_BLOCK, MAX_TAGS = 256 * 1024, 16 * 1024 * 1024, 8
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))


@dataclass(slots=True)
class Packet:
    time: int  # microseconds since 1970
    source: str
    destination: str
    protocol: int
    source_port: int = 0
    destination_port: int = 0
    payload: int = 0  # by the IP header
    rest: int = 0  # bytes of the frame after the transport header, padding among them
    header: int = 0  # bytes of the transport header
    flags: int = 0
    sequence: int = 0
    acknowledgement: int = 0
    window: int = 0
    icmp_type: int = 0
    icmp_code: int = 0


class Unreadable(Exception):
    """A frame of whose headers nothing is to be believed."""


def read_capture(data: bytes) -> list[Packet]:
    """The packets of IPv4. Of a file that is cut off or damaged, those before."""
    packets = []
    for time, link, length, frame in pcap(data) if data[:4] in MAGICS else pcapng(data):
        try:
            at = network_layer(link, frame)
            packet = None if at is None else ipv4(time, frame, at, max(length, len(frame)))
        except Unreadable:
            continue
        if packet is not None:
            packets.append(packet)
    return packets


def pcap(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    order, units = MAGICS[data[:4]]
    (link,) = struct.unpack_from(order + "I", data, 20)
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, captured, length = struct.unpack_from(order + "4I", data, at)
        if captured > MAX_CAPTURED or at + 16 + captured > len(data):
            return
        yield seconds * 1_000_000 + fraction // units, link & 0xFFFF, length, data[at + 16 : at + 16 + captured]
        at += 16 + captured


def pcapng(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    at, order, interfaces = 0, "<", []
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order, interfaces = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(data[at + 8 : at + 12]), []
            if order is None:
                return
        kind, size = struct.unpack_from(order + "2I", data, at)
        if size < 12 or size % 4 or size > MAX_BLOCK or at + size > len(data):
            return
        body = data[at + 8 : at + size - 4]
        at += size
        if struct.unpack_from(order + "I", data, at - 4)[0] != size:
            return
        if kind == 1:
            if len(body) < 8:
                return
            link, _, snap = struct.unpack_from(order + "2HI", body)
            interfaces.append((link, snap, *time_unit(body[8:], order)))
        elif kind in (2, 6):  # packet block, enhanced packet block
            if len(body) < 20:
                return
            (interface,) = struct.unpack_from(order + ("H" if kind == 2 else "I"), body)
            high, low, captured, length = struct.unpack_from(order + "4I", body, 4)
            if captured > MAX_CAPTURED or 20 + captured > len(body):
                return
            if interface < len(interfaces):
                link, _, unit, offset = interfaces[interface]
                time = (((high << 32) | low) * unit + offset) * 1_000_000
                yield time.__floor__(), link, length, body[20 : 20 + captured]
        elif kind == 3:  # simple packet block
            if len(body) < 4:
                return
            (length,) = struct.unpack_from(order + "I", body)
            captured = min(length, (interfaces[0][1] if interfaces else 0) or length)
            if captured > MAX_CAPTURED or 4 + captured > len(body):
                return
            if interfaces:
                yield 0, interfaces[0][0], length, body[4 : 4 + captured]


def time_unit(options: bytes, order: str) -> tuple[Fraction, int]:
    """Seconds of a unit of an interface's time, and those to be added."""
    unit, offset, at = Fraction(1, 1_000_000), 0, 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(order + "2H", options, at)
        if code == 0 or at + 4 + size > len(options):
            break
        if code == 9 and size >= 1:
            resolution = options[at + 4]
            unit = Fraction(1, (2 if resolution & 0x80 else 10) ** (resolution & 0x7F))
        if code == 14 and size >= 8:
            (offset,) = struct.unpack_from(order + "q", options, at + 4)
        at += 4 + (size + 3) // 4 * 4
    return unit, offset


def word(frame: bytes, at: int) -> int:
    if at + 2 > len(frame):
        raise Unreadable
    return int.from_bytes(frame[at : at + 2])


def network_layer(link: int, frame: bytes) -> int | None:
    """Where the IPv4 header of a frame begins; None where it has none."""
    if link in ETHERNET:
        return after_type(frame, 14, word(frame, 12))
    if link in COOKED:
        return after_type(frame, 16, word(frame, 14))
    if link in COOKED_2:
        return after_type(frame, 20, word(frame, 0))
    if link in RAW:
        return 0
    if link in LOOPBACK:
        # In the byte order of the machine that captured: families are small numbers, so that one half is 0.
        family = word(frame, 2) or int.from_bytes(frame[:2], "little")
        return 4 if family == 2 else None
    if link in PPP:
        return in_ppp(frame, 0)
    if link in WIRELESS:
        return in_wireless(frame, 0)
    if link in RADIOTAP and len(frame) >= 4 and frame[0] == 0:
        return in_wireless(frame, int.from_bytes(frame[2:4], "little"))
    return None


def in_ppp(frame: bytes, at: int) -> int | None:
    at += 2 if frame[at : at + 2] == b"\xff\x03" else 0
    if frame[at : at + 1] and frame[at] & 1:
        return at + 1 if frame[at] == 0x21 else None
    return at + 2 if word(frame, at) == 0x0021 else None


def in_wireless(frame: bytes, at: int) -> int | None:
    """Behind the SNAP header of a data frame of IEEE 802.11 that is neither empty, encrypted nor of several packets."""
    control = word(frame, at)
    kind, flags = control >> 8, control & 0xFF
    if kind & 0x4F != 0x08 or flags & 0x40:
        return None
    has_quality, has_fourth = bool(kind & 0x80), flags & 3 == 3
    data = at + 24 + 6 * has_fourth
    if has_quality:
        if frame[data : data + 1] and frame[data] & 0x80:
            return None
        data += 2 + 4 * bool(flags & 0x80)
    is_snap = frame[data : data + 6] == b"\xaa\xaa\x03\0\0\0"
    return after_type(frame, data + 8, word(frame, data + 6)) if is_snap else None


def after_type(frame: bytes, at: int, kind: int) -> int | None:
    tags = 0
    while kind in TAGS:
        tags += 1
        if tags > MAX_TAGS:
            raise Unreadable
        at += TAGS[kind]
        kind = word(frame, at - 2)
    if kind == IPV4:
        return at
    if kind in MPLS:
        for _ in range(MAX_TAGS):
            is_bottom = word(frame, at + 2) & 0x100
            at += 4
            if is_bottom:
                return at if frame[at : at + 1] and frame[at] >> 4 == 4 else None
        raise Unreadable
    if kind == PPPOE:
        return in_ppp(frame, at + 6)
    is_snap = kind < 0x0600 and frame[at : at + 6] == b"\xaa\xaa\x03\0\0\0"
    return at + 8 if is_snap and word(frame, at + 6) == IPV4 else None


def ipv4(time: int, frame: bytes, at: int, length: int) -> Packet | None:
    """length: that of the frame on the wire."""
    if len(frame) - at < 20:
        raise Unreadable
    header = (frame[at] & 15) * 4
    # 0 in what was captured before the network card cut it up: then all that was captured.
    total = word(frame, at + 2) or len(frame) - at
    if frame[at] >> 4 != 4 or header < 20 or total < header or len(frame) - at < header:
        return None if frame[at] >> 4 == 6 else unreadable()
    if word(frame, at + 6) & 0x1FFF:
        return None
    source, destination = (".".join(map(str, frame[at + k : at + k + 4])) for k in (12, 16))
    packet = Packet(time, source, destination, frame[at + 9])
    at, total = at + header, total - header
    packet.header = {TCP: 20, UDP: 8, SCTP: 12, ICMP: 8}.get(packet.protocol, 0)
    if min(total, len(frame) - at) < packet.header:
        raise Unreadable
    if packet.protocol in (TCP, UDP, SCTP):
        packet.source_port, packet.destination_port = word(frame, at), word(frame, at + 2)
    if packet.protocol == TCP:
        packet.sequence, packet.acknowledgement = struct.unpack_from(">2I", frame, at + 4)
        packet.header, packet.flags, packet.window = (frame[at + 12] >> 4) * 4, frame[at + 13], word(frame, at + 14)
        if not 20 <= packet.header <= total:
            raise Unreadable
    if packet.protocol == ICMP:
        packet.icmp_type, packet.icmp_code = frame[at], frame[at + 1]
    packet.payload = total - packet.header
    packet.rest = length - at - packet.header
    return packet


def unreadable() -> None:
    raise Unreadable
