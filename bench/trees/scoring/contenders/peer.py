"""peer.py FILE FEATURES MANNER: the time that a million rows take to be scored by a model that learnt from the file's rows."""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

path, features, manner = sys.argv[1], int(sys.argv[2]), sys.argv[3]
columns = np.fromfile(path).reshape(features + 1, -1)
# Rows of float32, as scikit-learn wants them: nothing is converted while the clock runs.
matrix = np.ascontiguousarray(columns[:-1].T, dtype=np.float32)
labels = columns[-1].astype(np.int32)
if manner == "forest":
    model = RandomForestClassifier(n_estimators=100, random_state=0, n_jobs=1).fit(matrix, labels)
else:
    model = DecisionTreeClassifier(max_depth=10, random_state=0).fit(matrix, labels)
parts = [matrix[row : row + 1] for row in range(1000)] if manner == "row" else [matrix]


def score() -> None:
    for part in parts:
        model.predict(part)


for _ in range(2):
    score()
started = time.perf_counter()
passes = 0
while passes == 0 or time.perf_counter() - started < 1:
    score()
    passes += 1
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds / (passes * sum(map(len, parts))) * 1e6, "peakMB": 0}))
