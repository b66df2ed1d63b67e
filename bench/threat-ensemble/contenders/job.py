"""What the contenders in Python share; see job.mjs."""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[2] / "preprocess" / "csv" / "contenders"))
from measure import report  # noqa: E402

WARM_BATCHES = 4
CALLS = {"warm": 200, "timed": 1000}


class Job:
    """JOB FOLDER [THREADS], on the command line unless given."""

    def __init__(self, arguments: list[str] = sys.argv[1:]) -> None:
        self.job, folder, *rest = arguments
        self.folder = Path(folder)
        self.threads = int(rest[0]) if rest else 1
        network = json.loads((self.folder / "network.json").read_text())
        self.spec, self.batch_size = network["spec"], network["batchSize"]
        self.weights = [
            {name: np.array(values, np.float32) for name, values in layer.items()} for layer in network["weights"]
        ]
        shape = (-1, self.spec["steps"], self.spec["width"])
        self.inputs = np.fromfile(self.folder / "inputs.f32", np.float32).reshape(shape)
        self.targets = np.fromfile(self.folder / "targets.f32", np.float32)

    def run(self, train, score) -> None:
        """train(inputs, targets) trains an epoch; score(inputs) gives the logits as an array."""
        {"epoch": self._epoch, "batch": self._batch, "row": self._row}[self.job](train if self.job == "epoch" else score)

    def _epoch(self, train) -> None:
        warm = WARM_BATCHES * self.batch_size + len(self.targets) % self.batch_size
        train(self.inputs[:warm], self.targets[:warm])
        started = time.perf_counter()
        train(self.inputs, self.targets)
        report(started)

    def _batch(self, score) -> None:
        score(self.inputs)  # compiles for this shape, where there is something to compile
        started = time.perf_counter()
        logits = score(self.inputs)
        report(started, answer=float(np.mean(logits, dtype=np.float64)))

    def _row(self, score) -> None:
        times, logits = [], np.zeros(1000)
        for i in range(CALLS["warm"] + CALLS["timed"]):
            row = self.inputs[i % 1000 : i % 1000 + 1]
            started = time.perf_counter()
            logit = score(row)
            times.append(time.perf_counter() - started)
            logits[i % 1000] = logit.item()
        seconds = statistics.median(times[CALLS["warm"] :])
        report(time.perf_counter(), seconds=seconds, answer=float(np.mean(logits)))
