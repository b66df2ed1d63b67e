"""The jobs of a served model, done as the Python backends do them: load, row and csv."""

import io
import statistics
import sys
import time
from pathlib import Path

import joblib
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2] / "preprocess" / "csv" / "contenders"))
from measure import report


def serve(make_bundle, load, judge, loads: int, rows: int) -> None:
    """
    Runs the job that the command line names.

    make_bundle: from the training table to what joblib stores. load: from what joblib loads to a model. judge: from the model
    and a frame of raw rows to the list of their classes, and of their probabilities.
    """
    job, train, *files = sys.argv[1:]
    table = pd.read_csv(train)
    stored = io.BytesIO()
    joblib.dump(make_bundle(table), stored)
    records = table.iloc[:, :-1].head(200)

    def loaded():
        stored.seek(0)
        return load(joblib.load(stored))

    started = time.perf_counter()
    if job == "csv":
        model = loaded()
        frame = pd.read_csv(files[0])
        frame["prediction"], frame["probability"] = judge(model, frame)
        frame.to_csv(files[1], index=False)
        report(started)
        return
    times = []
    model = loaded()
    for turn in range(loads if job == "load" else rows):
        record = records.iloc[turn % len(records) : turn % len(records) + 1]
        started = time.perf_counter()
        judge(loaded() if job == "load" else model, record)
        times.append(time.perf_counter() - started)
    report(started, seconds=statistics.median(times[len(times) // 3 :]))
