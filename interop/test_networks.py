"""Networks in Keras and in mlsec, as users run both: in float32, on this machine.

- Scores of 10,000 rows under the same weights, running statistics included, are at most 1e-5 apart.
- After twenty steps on the same batches every loss and every weight moved by SGD is at most 1e-5 apart; by Adam, the
  losses, and 99.9 % of the weights at most 1e-4. Running batch statistics count among the weights.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from goldens import ROOT
from make_network_goldens import CASES
from networks import BATCH_NORM, COMPACT_ANN, COMPACT_LSTM, LOGIT, dense, dropout, keras, keras_model, lstm
from networks import reference_ann, reference_lstm, trained, weights_of

ROWS = 10_000

SCORED = {
    "reference ANN": reference_ann(0.2),
    "reference LSTM": reference_lstm(0.2),
    "compact ANN": COMPACT_ANN,
    "compact LSTM": COMPACT_LSTM,
    "batch normalisation first": {"steps": 1, "width": 7, "layers": [BATCH_NORM, dense(9), BATCH_NORM, dropout(0.5), LOGIT]},
    "batch normalisation of sequences": {
        "steps": 5,
        "width": 3,
        "layers": [BATCH_NORM, lstm(6, True), BATCH_NORM, lstm(16), BATCH_NORM, dense(8), LOGIT],
    },
}


def as_keras_starts_them(spec: dict, rng: np.random.Generator) -> keras.Model:
    """A model with Keras' own initial weights, every one of them moved, so that none of them is 0 or 1."""
    model = keras_model(spec)
    for layer in model.mlsec_layers:
        values = [value + 0.2 * rng.uniform(-1, 1, value.shape) for value in layer.get_weights()]
        if isinstance(layer, keras.layers.BatchNormalization):
            values[3] = rng.uniform(0.2, 3, values[3].shape)
        layer.set_weights(values)
    return model


def flat(layers: list[dict[str, np.ndarray]]) -> np.ndarray:
    return np.concatenate([values.ravel() for layer in layers for values in layer.values()]).astype("<f4")


def furthest(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape, f"{a.shape} and {b.shape}"
    return float(np.abs(a.astype(np.float64) - b).max())


def main() -> int:
    failed = 0

    def report(name: str, what: str, distance: float, limit: float) -> None:
        nonlocal failed
        failed += not distance <= limit
        print(f"{'same' if distance <= limit else 'DIFFERS'} {name}: {what} {distance:.2g} (at most {limit:g})")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keras.utils.set_random_seed(6)
        rng = np.random.default_rng(6)
        expected = {}
        for name, spec in SCORED.items():
            model = as_keras_starts_them(spec, rng)
            rows = rng.normal(size=(ROWS, *model.inputs[0].shape[1:])).astype("<f4")
            expected[name] = model.predict(rows, batch_size=500, verbose=0).ravel()
            (folder / f"{name}.weights").write_bytes(flat(weights_of(model, spec)).tobytes())
            (folder / f"{name}.inputs").write_bytes(rows.tobytes())
        scorings = [{"name": name, "spec": spec} for name, spec in SCORED.items()]
        (folder / "request.json").write_text(json.dumps({"scorings": scorings, "trainings": CASES}), encoding="utf-8")
        subprocess.run(["node", "--import", "tsx", "interop/run-networks.ts", folder], cwd=ROOT, check=True)

        for name, logits in expected.items():
            sigmoid = keras.ops.convert_to_numpy(keras.ops.sigmoid(logits))
            spread = float(np.ptp(sigmoid))
            assert spread > 0.02, f"{name}: all scores lie within {spread}; the comparison says nothing"
            report(name, "scores", furthest(np.fromfile(folder / f"{name}.scores", "<f4"), sigmoid), 1e-5)
            report(name, "logits", furthest(np.fromfile(folder / f"{name}.logits", "<f4"), logits), 1e-5)
        for case in CASES:
            losses, weights = trained(case, "float32")
            name, exact = case["name"], case["optimizer"]["type"] == "sgd"
            report(name, "losses", furthest(np.fromfile(folder / f"{name}.losses", "<f8"), np.array(losses)), 1e-5)
            distances = np.abs(np.fromfile(folder / f"{name}.trained", "<f4") - flat(weights))
            share = 1 if exact else 0.999
            what = "all weights" if exact else "99.9 % of the weights"
            report(name, what, float(np.quantile(distances, share)), 1e-5 if exact else 1e-4)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
