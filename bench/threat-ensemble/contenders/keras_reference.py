"""keras_reference.py FOLDER: trains the networks of FOLDER/ann and FOLDER/lstm as the reference pipeline does."""

import sys
import time
from pathlib import Path

from keras_model import model_of, train, use_threads

from job import Job, report

EPOCHS = {"ann": 50, "lstm": 10}

use_threads(1)
seconds = 0.0
for member, epochs in EPOCHS.items():
    job = Job(["fit", str(Path(sys.argv[1]) / member)])
    model = model_of(job)
    started = time.perf_counter()
    train(model, job, job.inputs, job.targets, epochs)
    seconds += time.perf_counter() - started
report(time.perf_counter(), seconds=seconds)
