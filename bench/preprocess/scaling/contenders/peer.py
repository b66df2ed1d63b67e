"""peer.py JOB FILE COLUMNS: does a job once on the columns of a file, after warming up on a small part of them."""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.preprocessing import RobustScaler, StandardScaler

sys.path.append(str(Path(__file__).parents[2] / "csv" / "contenders"))
from measure import report  # noqa: E402

JOBS = {
    "dedupe": lambda x: pd.DataFrame(x).drop_duplicates(),
    "robust": lambda x: RobustScaler().fit(x).transform(x),
    "standard": lambda x: StandardScaler().fit(x).transform(x),
}

job, file, columns = JOBS[sys.argv[1]], sys.argv[2], int(sys.argv[3])
matrix = np.fromfile(file).reshape(columns, -1).T
job(matrix[:20_000])
started = time.perf_counter()
made = job(matrix)
report(started)
