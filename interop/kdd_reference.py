"""The 41 features of KDD'99 from records of connections, restated: for each record all earlier ones are looked through.

Records are those of @mlsec/flows (`ConnectionRecord`) as JSON, or rows of Zeek's conn.log. Definitions: the task description of
the KDD Cup (Stolfo et al.), and where that is silent what the rows of NSL-KDD fit, as packages/flows/README.md lists it.
"""

from functools import lru_cache

import numpy as np

SECONDS, RECENT, HOST = 2, 511, 255
SYN_ERRORS = {"S0", "S1", "S2", "S3", "SH"}
REJECTIONS = {"REJ", "RSTO", "RSTR", "RSTOS0"}
UNTOLD = (
    "hot, num_failed_logins, logged_in, num_compromised, root_shell, su_attempted, num_root, num_file_creations, num_shells, "
    "num_access_files, num_outbound_cmds, is_host_login, is_guest_login"
).split(", ")

TCP_PORTS = {
    "rje": [5, 77],
    "echo": [7],
    "discard": [9],
    "systat": [11],
    "daytime": [13],
    "netstat": [15],
    "ftp_data": [20],
    "ftp": [21],
    "ssh": [22],
    "telnet": [23],
    "smtp": [25],
    "time": [37],
    "name": [42],
    "whois": [43, 4321],
    "domain": [53],
    "sql_net": [66, 150],
    "gopher": [70],
    "remote_job": [71, 72, 73, 74],
    "finger": [79],
    "http": [80, 8008, 8080],
    "ctf": [84],
    "supdup": [95],
    "hostnames": [101],
    "iso_tsap": [102, 309],
    "csnet_ns": [105],
    "pop_2": [109],
    "pop_3": [110],
    "sunrpc": [111],
    "auth": [113],
    "uucp_path": [117],
    "nntp": [119, 563],
    "netbios_ns": [137],
    "netbios_dgm": [138],
    "netbios_ssn": [139],
    "imap4": [143, 993],
    "vmnet": [175],
    "bgp": [179],
    "IRC": [194, *range(6665, 6670)],
    "Z39_50": [210],
    "link": [245],
    "ldap": [389, 636],
    "nnsp": [433],
    "http_443": [443],
    "exec": [512],
    "login": [513],
    "shell": [514],
    "printer": [515],
    "efs": [520],
    "courier": [530, 165],
    "uucp": [540],
    "klogin": [543],
    "kshell": [544],
    "mtp": [1911],
    "http_2784": [2784],
    "aol": [5190],
    "X11": [*range(6000, 6064)],
    "http_8001": [8001],
}
BY_PORT = {("tcp", port): name for name, ports in TCP_PORTS.items() for port in ports}
BY_PORT |= {("udp", 53): "domain_u", ("udp", 69): "tftp_u", ("udp", 123): "ntp_u"}
# KDD's names with _u are of UDP, all others of TCP.
SPOKEN = {
    ("tcp", "http"): "http",
    ("tcp", "dns"): "domain",
    ("udp", "dns"): "domain_u",
    ("tcp", "ftp"): "ftp",
    ("tcp", "ftp-data"): "ftp_data",
    ("tcp", "ssh"): "ssh",
    ("tcp", "smtp"): "smtp",
    ("tcp", "pop3"): "pop_3",
    ("tcp", "imap"): "imap4",
    ("tcp", "irc"): "IRC",
    ("udp", "ntp"): "ntp_u",
    ("tcp", "ldap"): "ldap",
    ("tcp", "ldap_tcp"): "ldap",
}
FIRST_PRIVATE_PORT = 49_152


def service_of(record: dict) -> str:
    """By the port of the destination, else by what was spoken."""
    protocol, port = record["protocol"], record["destinationPort"]
    if protocol == "icmp":
        # Echo of ICMPv6 is echo.
        message, code = {128: 8, 129: 0}.get(record["sourcePort"], record["sourcePort"]), port
        if message == 3:
            return {0: "urp_i", 1: "urh_i"}.get(code, "oth_i")
        return {0: "ecr_i", 5: "red_i", 8: "eco_i", 11: "tim_i"}.get(message, "oth_i")
    if (protocol, port) in BY_PORT:
        return BY_PORT[protocol, port]
    if protocol == "tcp" and record["sourcePort"] == 20:
        return "ftp_data"
    for name in (record["service"] or "").split(","):
        if (protocol, name) in SPOKEN:
            return SPOKEN[protocol, name]
    return "private" if port >= FIRST_PRIVATE_PORT else "other"


def flag_of(record: dict) -> str:
    if record["protocol"] != "tcp":
        return "SF"
    return {"RSTRH": "RSTR", "SHR": "OTH"}.get(record["state"], record["state"])


@lru_cache(maxsize=None)
def rate(part: int, whole: int) -> float:
    """Two decimals of a quotient in single precision, as C prints it."""
    return float(f"{float(np.float32(part) / np.float32(whole)):.2f}")


def distinct_rate(values: np.ndarray) -> float:
    """Distinct ones by all; 0 where all are alike."""
    distinct = len(set(values.tolist()))
    return rate(distinct, len(values)) if distinct > 1 else 0.0


def kdd_rows(records: list[dict]) -> list[dict]:
    """The features of records in this order; one that began before the one ahead of it counts as having begun with it."""
    begun = np.maximum.accumulate(np.array([record["start"] for record in records], dtype=float))
    flags = [flag_of(record) for record in records]
    columns = {
        "destination": codes([record["destination"] for record in records]),
        "service": codes([service_of(record) for record in records]),
        "source_port": codes([record["sourcePort"] for record in records]),
        "syn_error": np.array([flag in SYN_ERRORS for flag in flags]),
        "rejection": np.array([flag in REJECTIONS for flag in flags]),
    }
    rows = []
    for at, record in enumerate(records):
        until_now = {name: column[: at + 1] for name, column in columns.items()}
        recent = np.flatnonzero(begun[: at + 1] >= begun[at] - SECONDS * 1_000_000)[-RECENT:]
        latest = np.arange(at + 1)[-HOST:]
        row = own_features(record)
        row |= time_features({name: column[recent] for name, column in until_now.items()})
        row |= host_features({name: column[latest] for name, column in until_now.items()})
        rows.append(row)
    return rows


def codes(values: list) -> np.ndarray:
    """Numbers in place of values, which compare faster."""
    return np.unique(np.array(values), return_inverse=True)[1]


def own_features(record: dict) -> dict:
    """What the record alone tells."""
    is_icmp = record["protocol"] == "icmp"
    # Messages with their headers, where it is known how long they were.
    headers = 8 * (record["sourcePackets"] or 0) if is_icmp and record["sourceBytes"] is not None else 0
    same_ends = record["source"] == record["destination"] and record["sourcePort"] == record["destinationPort"]
    return {
        "duration": (record["duration"] or 0) // 1_000_000,
        "protocol_type": record["protocol"],
        "service": service_of(record),
        "flag": flag_of(record),
        "src_bytes": (record["sourceBytes"] or 0) + headers,
        "dst_bytes": 0 if is_icmp else record["destinationBytes"] or 0,
        "land": int(same_ends and not is_icmp),  # ICMP has no ports
        "wrong_fragment": record["wrongFragments"] or 0,
        "urgent": record["urgentPackets"] or 0,
        **dict.fromkeys(UNTOLD, 0),
    }


def time_features(window: dict[str, np.ndarray]) -> dict:
    """Of the connections of the last two seconds, the present one as the last of them."""
    to_host = window["destination"] == window["destination"][-1]
    of_service = window["service"] == window["service"][-1]
    count, srv_count = int(to_host.sum()), int(of_service.sum())
    return {
        "count": count,
        "srv_count": srv_count,
        "serror_rate": rate(int(window["syn_error"][to_host].sum()), count),
        "srv_serror_rate": rate(int(window["syn_error"][of_service].sum()), srv_count),
        "rerror_rate": rate(int(window["rejection"][to_host].sum()), count),
        "srv_rerror_rate": rate(int(window["rejection"][of_service].sum()), srv_count),
        "same_srv_rate": rate(int((to_host & of_service).sum()), count),
        "diff_srv_rate": distinct_rate(window["service"][to_host]),
        "srv_diff_host_rate": distinct_rate(window["destination"][of_service]),
    }


def host_features(window: dict[str, np.ndarray]) -> dict:
    """The same of the latest connections, whenever they began."""
    of = time_features(window)
    to_host = window["destination"] == window["destination"][-1]
    same_port = to_host & (window["source_port"] == window["source_port"][-1])
    return {
        "dst_host_count": of["count"],
        "dst_host_srv_count": of["srv_count"],
        "dst_host_same_srv_rate": of["same_srv_rate"],
        "dst_host_diff_srv_rate": of["diff_srv_rate"],
        "dst_host_same_src_port_rate": rate(int(same_port.sum()), of["count"]),
        "dst_host_srv_diff_host_rate": of["srv_diff_host_rate"],
        "dst_host_serror_rate": of["serror_rate"],
        "dst_host_srv_serror_rate": of["srv_serror_rate"],
        "dst_host_rerror_rate": of["rerror_rate"],
        "dst_host_srv_rerror_rate": of["srv_rerror_rate"],
    }


def zeek_records(log: str) -> list[dict]:
    """The rows of a conn.log with tabs, as records."""
    fields, records = [], []
    for line in log.splitlines():
        if line.startswith("#fields"):
            fields = line.split("\t")[1:]
        if not line or line.startswith("#"):
            continue
        row = {name: None if value == "-" else value for name, value in zip(fields, line.split("\t"), strict=True)}

        def number(name: str) -> int | None:
            return None if row.get(name) is None else int(row[name])

        records.append(
            {
                "start": microseconds(row["ts"]),
                "duration": microseconds(row["duration"]),
                "protocol": row["proto"],
                "source": row["id.orig_h"],
                "sourcePort": int(row["id.orig_p"]),
                "destination": row["id.resp_h"],
                "destinationPort": int(row["id.resp_p"]),
                "service": row["service"],
                "state": row["conn_state"],
                "sourceBytes": number("orig_bytes"),
                "destinationBytes": number("resp_bytes"),
                "sourcePackets": number("orig_pkts"),
                "destinationPackets": number("resp_pkts"),
                "wrongFragments": None,
                "urgentPackets": None,
            }
        )
    return records


def microseconds(seconds: str | None) -> int | None:
    """Zeek has six decimals."""
    if seconds is None:
        return None
    whole, _, decimals = seconds.partition(".")
    return int(whole) * 1_000_000 + int(decimals.ljust(6, "0")[:6])
