"""rfe.py FILE FEATURES: keeps 10 features of the labelled columns of a file, by RFE with forests on two threads."""

import sys
import time
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import RFE

sys.path.append(str(Path(__file__).parents[2] / "preprocess" / "csv" / "contenders"))
from measure import report  # noqa: E402

path, features = sys.argv[1], int(sys.argv[2])
columns = np.fromfile(path).reshape(features + 1, -1)
matrix = np.ascontiguousarray(columns[:-1].T)
labels = columns[-1].astype(np.int32)
RFE(RandomForestClassifier(n_estimators=4, n_jobs=2), n_features_to_select=features - 1).fit(matrix, labels)
started = time.perf_counter()
RFE(RandomForestClassifier(n_jobs=2, random_state=0), n_features_to_select=10).fit(matrix, labels)
report(started)
