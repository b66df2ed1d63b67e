"""Makes the goldens of network training with Keras on TensorFlow: losses and weights after twenty steps of an optimizer.

Keras computes in float64 here, so that the goldens are the same on every processor and what differs from them is the
engine's own float32. Of large weights a sample is kept, beside their sum and the sum of their squares.
"""

import sys

import numpy as np

from goldens import main
from networks import COMPACT_ANN, COMPACT_LSTM, reference_ann, reference_lstm, trained

MADE_BY = "interop/make_network_goldens.py"

STEPS = 20
SAMPLE = 160
SGD, ADAM = {"type": "sgd"}, {"type": "adam"}


def case(name: str, spec: dict, optimizer: dict, rate: float, size: int = 128, **more) -> dict:
    seed = more.pop("seed", 7)
    shared = {"spec": spec, "optimizer": optimizer, "learningRate": rate, "batchSize": size, "steps": STEPS, "seed": seed}
    return {"name": name, **shared, **more}


CASES = [
    case("reference ANN, SGD", reference_ann(0), SGD, 0.05, 32),
    case("reference ANN, Adam", reference_ann(0), ADAM, 1e-3, 32),
    case("reference ANN, SGD, given dropout masks", reference_ann(0.2), SGD, 0.05, 32),
    case("reference LSTM, SGD", reference_lstm(0), SGD, 0.05, 32),
    case("reference LSTM, Adam", reference_lstm(0), ADAM, 1e-3, 32),
    case("compact ANN, SGD", COMPACT_ANN, SGD, 0.05),
    case("compact ANN, Adam", COMPACT_ANN, ADAM, 2e-3),
    case("compact LSTM, SGD", COMPACT_LSTM, SGD, 0.05),
    case("compact LSTM, Adam", COMPACT_LSTM, ADAM, 5e-3),
    case(
        "compact ANN, SGD with momentum and weight decay, class weights, exponential schedule",
        COMPACT_ANN,
        {"type": "sgd", "momentum": 0.9, "weightDecay": 0.01},
        0.02,
        classWeights=[0.5, 2],
        schedule={"type": "exponential", "decaySteps": 10, "decayRate": 0.5},
    ),
    case(
        "compact ANN, Adam with other moments and weight decay, class weights, linear schedule",
        COMPACT_ANN,
        {"type": "adam", "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-5, "weightDecay": 0.01},
        2e-3,
        classWeights=[2, 0.5],
        schedule={"type": "linear", "decaySteps": 15, "endRate": 1e-4},
    ),
]


def rounded(values) -> list[float]:
    return [float(f"{value:.9g}") for value in np.ravel(values)]


def summary(values: np.ndarray) -> dict:
    """A sample of at most `SAMPLE` numbers at equal distances, and what all of them add up to."""
    flat = values.ravel()
    stride = -(-flat.size // SAMPLE)
    return {"sum": rounded(flat.sum())[0], "squares": rounded((flat**2).sum())[0], "sample": rounded(flat[::stride])}


def made(case: dict) -> dict:
    losses, weights = trained(case, "float64")
    layers = [{name: summary(values) for name, values in layer.items()} for layer in weights]
    return {**case, "losses": rounded(losses), "layers": layers}


def training() -> dict:
    return {"madeBy": MADE_BY, "cases": [made(case) for case in CASES]}


GOLDENS = {"packages/threat-ensemble/test/fixtures/keras-training.json": (training, 1e-7)}

if __name__ == "__main__":
    sys.exit(main(__doc__, GOLDENS))
