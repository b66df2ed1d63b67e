"""sklearn_trees.py FOLDER: the reference's trees on the splits of FOLDER/job.json, as scikit-learn grows them.

Per split: features correlated above 0.85 with an earlier one are dropped (on the training rows), RobustScaler, tree of
depth 10. Writes FOLDER/scores.json: for every variant a list of [accuracy, macro F1], one per split.
"""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, f1_score
from sklearn.preprocessing import RobustScaler
from sklearn.tree import DecisionTreeClassifier


def kept_features(columns: np.ndarray, threshold: float) -> np.ndarray:
    """The reference's filter: a column goes where |r| with any earlier one, removed or not, exceeds the threshold."""
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.abs(np.corrcoef(columns, rowvar=False))
    return np.flatnonzero(~np.triu(correlation > threshold, k=1).any(axis=0))


folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
labels = np.fromfile(folder / "labels.i32", np.int32)
columns = np.fromfile(folder / "columns.f64", np.float64).reshape(-1, len(labels)).T
scores = {name: [] for name in job["variants"]}
for seed, split in enumerate(job["splits"]):
    train, test = np.array(split["train"]), np.array(split["test"])
    kept = kept_features(columns[train], 0.85)
    scaler = RobustScaler().fit(columns[train][:, kept])
    inputs, held = (scaler.transform(columns[rows][:, kept]) for rows in (train, test))
    for name, options in job["variants"].items():
        tree = DecisionTreeClassifier(max_depth=10, random_state=seed, **options).fit(inputs, labels[train])
        predicted = tree.predict(held)
        scores[name].append(
            [accuracy_score(labels[test], predicted), f1_score(labels[test], predicted, average="macro")]
        )
(folder / "scores.json").write_text(json.dumps(scores))
