"""correlation.py FILE FEATURES: drops the columns of a file that are correlated above 0.85, as pandas' users do."""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.append(str(Path(__file__).parents[2] / "preprocess" / "csv" / "contenders"))
from measure import report  # noqa: E402


def kept(frame: pd.DataFrame) -> list[str]:
    """The columns that no earlier one is correlated with above the threshold."""
    upper = frame.corr().abs().where(np.triu(np.ones((frame.shape[1],) * 2, dtype=bool), k=1))
    return [name for name in frame if not (upper[name] > 0.85).any()]


path, features = sys.argv[1], int(sys.argv[2])
columns = np.fromfile(path).reshape(features + 1, -1)
frame = pd.DataFrame({str(index): column for index, column in enumerate(columns[:-1])})
kept(frame[:20_000])
started = time.perf_counter()
answer = len(kept(frame))
report(started, answer=answer)
