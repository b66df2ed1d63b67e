"""nfstream_meter.py FILE PACKETS: meters a capture with NFStream's statistics, in one meter, without payload dissection."""

import sys
import time
from pathlib import Path

from nfstream import NFStreamer

sys.path.append(str(Path(__file__).parents[2] / "preprocess" / "csv" / "contenders"))
from measure import report  # noqa: E402

if __name__ == "__main__":
    started = time.perf_counter()
    streamer = NFStreamer(source=sys.argv[1], statistical_analysis=True, n_dissections=0, n_meters=1)
    packets = sum(flow.bidirectional_packets for flow in streamer)
    if packets < 0.9 * int(sys.argv[2]):
        raise ValueError(f"{packets} packets were metered.")
    report(started)
