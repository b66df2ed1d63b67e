"""peer.py FILE FEATURES THREADS: grows a forest of 100 full trees on the labelled columns of a file, after warming up."""

import sys
import time
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier

sys.path.append(str(Path(__file__).parents[2] / "preprocess" / "csv" / "contenders"))
from measure import report  # noqa: E402

path, features, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
columns = np.fromfile(path).reshape(features + 1, -1)
matrix = np.ascontiguousarray(columns[:-1].T, dtype=np.float32)
labels = columns[-1].astype(np.int32)
RandomForestClassifier(n_estimators=4, n_jobs=threads, random_state=1).fit(matrix, labels)
started = time.perf_counter()
RandomForestClassifier(n_jobs=threads, random_state=0).fit(matrix, labels)
report(started)
