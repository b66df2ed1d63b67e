"""Flows and their features, mlsec beside a second implementation in Python that was written from their definitions.

- Every feature of every flow of `cic-fixed` and `cic2017` (flow_assembly.py, cic_reference.py over capture_reader.py): on the
  captures below MLSEC_DATA/flows, a generated capture of all classes, and traffic that is all limits and odd cases.
- KDD's 41 features (kdd_reference.py) of the connections of these captures, of the rows of Zeek's logs, and of random records,
  by the time of the records and as they come.

Numbers are equal to 1e-6 of their size, identifiers and texts exactly. Captures of others are looked for in MLSEC_DATA; without
it those that are made here are compared alone.
"""

import math
import os
import random
import sys
import tempfile
from pathlib import Path

from capture_reader import read_capture
from cic_reference import features, identifiers
from flow_assembly import assemble
from kdd_reference import kdd_rows, zeek_records
from mlsec_side import ask_mlsec
from test_trees_parity import Report

LIMIT = 1e-6
PROFILES = ("cic-fixed", "cic2017")
FOLDERS = {"cicflowmeter": 2, "cicsample": 1, "zeek": 83, "suricata": 120}
GENERATED = {"connections": 2500, "seed": 11}
NASTY = [{"seed": seed, "dialogues": 60, "packets": 120} for seed in (1, 2)]
TRAFFIC = [(5, 6000, 40, 30_000_000), (6, 6000, 300, 200_000)]
STATES = "S0 S1 S2 S3 SF REJ RSTO RSTR RSTOS0 RSTRH SH SHR OTH".split()
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
    if isinstance(theirs, str) or isinstance(ours, str) and ours not in ("NaN", "Infinity", "-Infinity"):
        return ours == theirs
    ours, theirs = float(ours), float(theirs)
    if math.isnan(theirs) or math.isinf(theirs):
        return str(ours) == str(theirs)
    return abs(ours - theirs) <= LIMIT * max(abs(ours), abs(theirs))


class Comparison:
    """Rows of one kind: how many rows and cells were compared, and what differs."""

    def __init__(self, name: str, report: Report):
        self.name, self.report = name, report
        self.rows = self.cells = self.wrong = 0

    def compare(self, where: str, ours: dict, theirs: dict):
        names = list(ours)
        self.report.check(f"{self.name}: columns", names == list(theirs), f"{where}: {set(names) ^ set(theirs)}")
        self.rows += 1
        self.cells += len(theirs)
        for column, expected in theirs.items():
            good = column in ours and same(ours[column], expected)
            self.wrong += not good
            self.report.check(f"{self.name}: {column}", good, f"{where}: mlsec {ours.get(column)}, restated {expected}")


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


def compare_flows(answer: dict, profile: str, comparison: Comparison):
    name = Path(answer["file"]).name
    flows = assemble(read_capture(Path(answer["file"]).read_bytes()), profile)
    theirs = by_flow([identifiers(flow, profile) | features(flow, profile) for flow in flows])
    ours = by_flow(rows_of(answer[profile]))
    apart = sorted(map(str, ours.keys() ^ theirs.keys()))
    comparison.report.check(f"{comparison.name}: flows", not apart, f"{name}: {len(apart)} are not on both sides: {apart[:3]}")
    for key in theirs.keys() & ours.keys():
        comparison.compare(f"{name}, {key}", ours[key], theirs[key])


def compare_kdd(what: str, records: list[dict], answer: dict, comparison: Comparison):
    known = [at for at, record in enumerate(records) if record["protocol"] in ("tcp", "udp", "icmp")]
    for order in ("byTime", "asTheyCome"):
        ours = [pair for table in answer[order] for pair in zip(table["of"], rows_of(table))]
        numbers = [number for number, _ in ours]
        starts = [records[number]["start"] for number in numbers]
        # Of records of one moment, any may come first; the windows are those of the order that was taken.
        good = numbers == known if order == "asTheyCome" else sorted(numbers) == known and starts == sorted(starts)
        comparison.report.check(f"{comparison.name}: order of rows", good, f"{what}, {order}")
        theirs = kdd_rows([records[number] for number in numbers])
        for (number, row), expected in zip(ours, theirs, strict=True):
            comparison.compare(f"{what}, {order}, record {number}", row, expected)


def main() -> int:
    others, log, records = captures_of_others(), zeek_log(), random_records()
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        answers = ask_mlsec(
            "run-flows.ts",
            {
                "folder": folder,
                "captures": [str(file) for files in others.values() for file in files],
                "generated": GENERATED,
                "nasty": NASTY,
                "traffic": TRAFFIC,
                "log": log,
                "records": records,
            },
        )
        groups: dict[str, list[dict]] = {}
        for answer in answers["captures"]:
            file = Path(answer["file"])
            groups.setdefault(file.stem if file.parent == Path(folder) else file.parent.name, []).append(answer)
        for name, captures in groups.items():
            compared = []
            for profile in PROFILES:
                compared.append(Comparison(f"{name}, {profile}", report))
                for answer in captures:
                    compare_flows(answer, profile, compared[-1])
            compared.append(Comparison(f"{name}, KDD", report))
            for answer in captures:
                compare_kdd(Path(answer["file"]).name, answer["records"], answer["kdd"], compared[-1])
            show(name, len(captures), compared)
    compared = [Comparison("Zeek's logs", report), Comparison("random records", report)]
    for comparison, given, answer in zip(compared, (zeek_records(log), records), answers["records"], strict=True):
        compare_kdd(comparison.name, given, answer, comparison)
        show(comparison.name, 0, [comparison])
    wrong = {what: line for what, line in report.lines.items() if line[1]}
    report.lines = wrong
    return 1 if report.show() else 0


def show(name: str, captures: int, compared: list[Comparison]):
    files = f" ({captures} captures)" if captures > 1 else ""
    print(f"{name}{files}:")
    for comparison in compared:
        kind = comparison.name.removeprefix(f"{name}, ")
        kind = "KDD" if kind == name else kind
        agree = comparison.cells - comparison.wrong
        print(f"  {kind:10}{comparison.rows:6} rows, {agree} of {comparison.cells} cells agree", flush=True)


if __name__ == "__main__":
    sys.exit(main())
