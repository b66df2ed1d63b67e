"""Prints what a contender measured, as report.mjs does."""

import json
import re
import resource
import time
from pathlib import Path


def report(started: float, **own: float) -> None:
    seconds = time.perf_counter() - started
    try:
        status = Path("/proc/self/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])
    except (OSError, TypeError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "peakMB": peak * 1024 / 1e6} | own))
