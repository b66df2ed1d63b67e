"""peer.py FILE FEATURES: grows one tree of depth 10 on the labelled columns of a file, after warming up on a part of them."""

import sys
import time
from pathlib import Path

import numpy as np
from sklearn.tree import DecisionTreeClassifier

sys.path.append(str(Path(__file__).parents[3] / "preprocess" / "csv" / "contenders"))
from measure import report  # noqa: E402

path, features = sys.argv[1], int(sys.argv[2])
columns = np.fromfile(path).reshape(features + 1, -1)
# Rows of float32, as scikit-learn wants them, so that its time is growing alone.
matrix = np.ascontiguousarray(columns[:-1].T, dtype=np.float32)
labels = columns[-1].astype(np.int32)
del columns
tree = DecisionTreeClassifier(max_depth=10, random_state=0)
tree.fit(matrix[:20_000], labels[:20_000])
started = time.perf_counter()
tree.fit(matrix, labels)
report(started)
