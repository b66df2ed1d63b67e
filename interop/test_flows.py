"""Flows and their features, mlsec beside a second implementation in Python that was written from their definitions.

- Every feature of every flow of `cic-fixed`, `cic-improved` and `cic2017` (flow_assembly.py, cic_reference.py over capture_reader.py): on the
  captures below MLSEC_DATA/flows, a generated capture of all classes, and traffic that is all limits and odd cases.
- The tables that the fork of CICFlowMeter published of two of these captures, beside the second implementation alone.
- KDD's 41 features (kdd_reference.py) of the connections of these captures, of the rows of Zeek's logs, and of random records,
  by the time of the records and as they come; and the services of all ports.

Numbers are equal to 1e-6 of their size, identifiers and texts exactly; there are no exceptions. Each column must take several
values somewhere, but for those that are always 0. The order of flows at the end of a capture is not compared, nor that of records
of one moment, which no definition gives. Captures of others are looked for in MLSEC_DATA; without it those that are made here
are compared alone.

What the definitions left open was settled after the first comparison. As the meters' sources have it: flows whose first packet goes
backward (windows, least headers), the states of TCP at a flow's first packet and of FIN with RST, a SYN after both timeout and end,
the gap before the FIN of 2017. As @mlsec/flows documents it: names of flows that follow others, lengths of SCTP, headers of UDP in
2017, services of port 20, of ICMPv6 and of what is spoken over which transport, ICMP without known lengths, `land` of ICMP.
"""

import csv
import math
import os
import random
import sys
import tempfile
from pathlib import Path

from capture_reader import read_capture
from cic_reference import features, identifiers
from flow_assembly import assemble
from kdd_reference import UNTOLD, kdd_rows, service_of, zeek_records
from mlsec_side import ask_mlsec

LIMIT = 1e-6
PROFILES = ("cic-fixed", "cic-improved", "cic2017")
FOLDERS = {"cicflowmeter": 2, "cicsample": 1, "zeek": 83, "suricata": 120}
PUBLISHED = ("ping", "nmap-ss")
GENERATED = {"connections": 2500, "seed": 11}
NASTY = [{"seed": 1, "dialogues": 250, "packets": 100}, {"seed": 2, "dialogues": 1200, "packets": 16}]
TRAFFIC = [(5, 4000, 40, 30_000_000), (6, 4000, 300, 200_000)]
# What is 0 by definition: of CIC-IDS2017 nothing but a flow's first packet counts here; of KDD, what only payloads tell.
ALWAYS_0 = {
    "cic-fixed": set(),
    "cic-improved": set(),
    "cic2017": {"Bwd PSH Flags", "Bwd URG Flags"}
    | {f"{way} Avg {what}" for way in ("Fwd", "Bwd") for what in ("Bytes/Bulk", "Packets/Bulk", "Bulk Rate")},
    "KDD": set(UNTOLD),
}
STATES = "S0 S1 S2 S3 SF REJ RSTO RSTR RSTOS0 RSTRH SH SHR OTH".split()
TEXTS = ("Flow ID", "Src IP", "Dst IP", "Timestamp")
RECORDS = 2500
# One of the logs was made by a script that renames fields.
RENAMED = {"src_ip": "id.orig_h", "src_port": "id.orig_p", "dst_ip": "id.resp_h", "dst_port": "id.resp_p"}


def captures_of_others() -> dict[str, list[Path]]:
    """By folder; none where MLSEC_DATA is not set, an error where it is and they are not there."""
    if not os.environ.get("MLSEC_DATA"):
        print("skipped: captures of others (MLSEC_DATA does not name the data)")
        return {}
    flows = Path(os.environ["MLSEC_DATA"]) / "flows"
    found = {name: sorted([*(flows / name).glob("*.pcap"), *(flows / name).glob("*.pcapng")]) for name in FOLDERS}
    for name, files in found.items():
        if len(files) != FOLDERS[name]:
            sys.exit(f"{flows / name} has {len(files)} captures, not {FOLDERS[name]}")
    return found


def zeek_log() -> str:
    """The rows of all of Zeek's logs in one, with times in place of those that were blanked before they were published."""
    if not os.environ.get("MLSEC_DATA"):
        return "#separator \\x09\n"
    wanted = "ts id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state orig_pkts resp_pkts"
    rows = []
    for log in sorted((Path(os.environ["MLSEC_DATA"]) / "flows" / "zeek").glob("*.conn.log")):
        for line in log.read_text().splitlines():
            if line.startswith("#fields"):
                fields = [RENAMED.get(name, name) for name in line.split("\t")[1:]]
            elif not line.startswith("#"):
                row = dict(zip(fields, line.split("\t"), strict=True))
                at = len(rows) * 7 % 1009
                row["ts"] = f"{1_700_000_000 + at / 8:.6f}"
                rows.append("\t".join(row[name] for name in wanted.split()))
    return "\n".join(["#separator \\x09", "#fields\t" + wanted.replace(" ", "\t"), *rows, ""])


def random_records() -> list[dict]:
    """Of all states, ports with names and without, few hosts, equal times, and phases that fill the windows."""
    chance = random.Random(3)
    records, start = [], 1_700_000_000_000_000
    for at in range(RECORDS):
        start += chance.choice([0, 1000, 1_000_000] if at // 700 % 2 else [0, 100, 400])
        protocol = chance.choice(["tcp"] * 6 + ["udp"] * 2 + ["icmp", "sctp"])
        host = chance.choice([1, 1, 1, 1, 2, 3, chance.randrange(1, 200)])
        port = chance.choice([80, 80, 443, 53, chance.randrange(10_000), chance.randrange(65_536)])
        records.append(
            {
                "start": start - chance.choice([0, 0, 0, 1_500_000]),
                "duration": chance.choice([None, 0, 999_999, 1_000_000, chance.randrange(10**9)]),
                "protocol": protocol,
                "source": f"10.0.0.{chance.choice([1, 2, 77])}",
                "sourcePort": chance.randrange(13) if protocol == "icmp" else chance.choice([20, 80, chance.randrange(65_536)]),
                "destination": f"10.0.0.{host}",
                "destinationPort": chance.randrange(4) if protocol == "icmp" else port,
                "service": chance.choice([None, None, "http", "ssl", "dns", "-ftp", "smtp,ssl", "ftp-data", "irc", "quic,ssl", "krb"]),
                "state": chance.choice(STATES if at % 3 else ["S0", "SF", "REJ"]),
                "sourceBytes": chance.choice([None, 0, chance.randrange(10**7)]),
                "destinationBytes": chance.choice([None, 0, chance.randrange(10**7)]),
                "sourcePackets": chance.choice([None, chance.randrange(1, 9)]),
                "destinationPackets": chance.choice([None, 0, chance.randrange(9)]),
                "sourceFrameBytes": None,
                "destinationFrameBytes": None,
                "wrongFragments": chance.choice([None, 0, 2]),
                "urgentPackets": chance.choice([None, 0, 1]),
            }
        )
    return records


def same(ours, theirs) -> bool:
    """Ours are mlsec's; infinities and NaN come as texts."""
    if ours == theirs:
        return True
    if isinstance(theirs, str) or ours is None:
        return False
    ours, theirs = float(ours), float(theirs)
    if math.isnan(theirs) or math.isinf(theirs):
        return str(ours) == str(theirs)
    return abs(ours - theirs) <= LIMIT * max(abs(ours), abs(theirs))


class Comparison:
    """Rows of one kind: how many rows and cells were compared, what differs, and which columns have taken several values."""

    def __init__(self):
        self.rows = self.cells = self.agreeing = 0
        self.faults: list[str] = []
        self.first: dict = {}
        self.varying: set[str] = set()

    def check(self, good: bool, fault: str):
        if not good:
            self.faults.append(fault)

    def compare(self, where: str, ours: dict, theirs: dict):
        self.check(list(ours) == list(theirs), f"{where}: columns, {set(ours) ^ set(theirs) or 'in another order'}")
        self.rows += 1
        self.cells += len(theirs)
        for column, expected in theirs.items():
            got = ours.get(column)
            if same(got, expected):
                self.agreeing += 1
            else:
                self.faults.append(f"{where}, {column}: {got}, restated {expected}")
            if self.first.setdefault(column, expected) != expected:
                self.varying.add(column)

    def show(self, what: str) -> int:
        print(f"  {what:18}{self.rows:6} rows, {self.agreeing} of {self.cells} cells agree", flush=True)
        for fault in self.faults[:12]:
            print(f"    DIFFERS  {fault}")
        if len(self.faults) > 12:
            print(f"    and {len(self.faults) - 12} more")
        return len(self.faults)


def rows_of(table: dict) -> list[dict]:
    names = [name.strip() for name in table["names"]]
    return [dict(zip(names, cells)) for cells in zip(*table["columns"])]


def by_flow(rows: list[dict]) -> dict[tuple, dict]:
    """Flows by identifier, first moment, and which of those it is: the order at the end of a capture is nowhere defined."""
    found: dict[tuple, dict] = {}
    for row in rows:
        at = 0
        while (row["Flow ID"], row["Timestamp"], at) in found:
            at += 1
        found[row["Flow ID"], row["Timestamp"], at] = row
    return found


def compare_flows(name: str, ours: list[dict], theirs: list[dict], comparison: Comparison):
    ours, theirs = by_flow(ours), by_flow(theirs)
    apart = sorted(map(str, ours.keys() ^ theirs.keys()))
    comparison.check(not apart, f"{name}: {len(apart)} flows are not on both sides, {apart[:3]}")
    for key in theirs.keys() & ours.keys():
        comparison.compare(f"{name}, {key}", ours[key], theirs[key])


def restated_flows(file: Path, profile: str) -> list[dict]:
    flows = assemble(read_capture(file.read_bytes()), profile)
    return [identifiers(flow, profile) | features(flow, profile) for flow in flows]


def published_flows(file: Path) -> list[dict]:
    """The rows of a table of the fork, up to its labels."""
    with open(file, newline="", encoding="utf-8") as text:
        names, *rows = csv.reader(text)
    named = [dict(zip(names[: names.index("Label")], row)) for row in rows]
    return [{name: cell if name in TEXTS else float(cell) for name, cell in row.items()} for row in named]


def compare_kdd(what: str, records: list[dict], answer: dict, comparison: Comparison):
    known = [at for at, record in enumerate(records) if record["protocol"] in ("tcp", "udp", "icmp")]
    for order in ("byTime", "asTheyCome"):
        ours = [pair for table in answer[order] for pair in zip(table["of"], rows_of(table))]
        numbers = [number for number, _ in ours]
        starts = [records[number]["start"] for number in numbers]
        # Of records of one moment, any may come first; the windows are those of the order that was taken.
        good = numbers == known if order == "asTheyCome" else sorted(numbers) == known and starts == sorted(starts)
        comparison.check(good, f"{what}, {order}: order of rows")
        theirs = kdd_rows([records[number] for number in numbers])
        for (number, row), expected in zip(ours, theirs, strict=True):
            comparison.compare(f"{what}, {order}, record {number}", row, expected)


def compare_services(services: dict[str, list[str]]) -> int:
    """The service of every port of TCP and UDP, and of every type and code of ICMP."""
    comparison = Comparison()
    for protocol, names in services.items():
        for at, name in enumerate(names):
            source, destination = (at >> 8, at & 255) if protocol == "icmp" else (40_000, at)
            record = {"protocol": protocol, "sourcePort": source, "destinationPort": destination, "service": None}
            comparison.compare(f"{protocol} {at}", {"service": name}, {"service": service_of(record)})
    return comparison.show("services of ports")


def main() -> int:
    others, log, records = captures_of_others(), zeek_log(), random_records()
    everything = {kind: [] for kind in (*PROFILES, "KDD")}
    faults = 0

    def compared(kind: str) -> Comparison:
        everything[kind].append(Comparison())
        return everything[kind][-1]

    with tempfile.TemporaryDirectory() as folder:
        request = {
            "folder": folder,
            "captures": [str(file) for files in others.values() for file in files],
            "generated": GENERATED,
            "nasty": NASTY,
            "traffic": TRAFFIC,
            "log": log,
            "records": records,
        }
        answers = ask_mlsec("run-flows.ts", request)
        groups: dict[str, list[dict]] = {}
        for answer in answers["captures"]:
            file = Path(answer["file"])
            groups.setdefault(file.stem if file.parent == Path(folder) else file.parent.name, []).append(answer)
        for name, captures in groups.items():
            print(f"{name}, {len(captures)} captures:" if len(captures) > 1 else f"{name}:")
            for profile in PROFILES:
                comparison = compared(profile)
                for answer in captures:
                    file = Path(answer["file"])
                    compare_flows(file.name, rows_of(answer[profile]), restated_flows(file, profile), comparison)
                faults += comparison.show(profile)
            comparison = compared("KDD")
            for answer in captures:
                compare_kdd(Path(answer["file"]).name, answer["records"], answer["kdd"], comparison)
            faults += comparison.show("KDD")
    print("records:")
    for name, given, answer in zip(("Zeek's logs", "random records"), (zeek_records(log), records), answers["records"], strict=True):
        comparison = compared("KDD")
        compare_kdd(name, given, answer, comparison)
        faults += comparison.show(name)
    faults += compare_services(answers["services"])
    if others:
        print("the fork's own tables:")
        comparison = Comparison()
        for name in PUBLISHED:
            dump, table = (others["cicflowmeter"][0].parent / f"{name}.{end}" for end in ("dump.pcap", "cicflowmeter.csv"))
            compare_flows(name, published_flows(table), restated_flows(dump, "cic-fixed"), comparison)
        faults += comparison.show("cic-fixed")
    for kind, comparisons in everything.items():
        columns = {column for comparison in comparisons for column in comparison.first}
        idle = columns - {column for comparison in comparisons for column in comparison.varying} - ALWAYS_0[kind]
        if idle:
            faults += 1
            print(f"{kind}: the comparison says nothing of {sorted(idle)}, which are always the same")
    rows, cells = (sum(getattr(c, what) for cs in everything.values() for c in cs) for what in ("rows", "cells"))
    print(f"{rows} rows, {cells} cells, {faults} differences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
