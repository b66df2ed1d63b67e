"""Makes the files of the tests of @mlsec/bundle/keras: small models as Keras 3 and Keras 2 write them, with the scores that
they give, and models that are refused.

    python make_keras_fixtures.py            write them
    python make_keras_fixtures.py --check    open what is there with Keras, exit 1 where it gives other scores

The files' bytes are not compared: they name dates and versions.
"""

import base64
import io
import json
import sys
import warnings
import zlib

import h5py
import numpy as np

from goldens import ROOT, plain
from keras_models import VERSIONS, files, models, packed, refused, reopened, rows_for, scores_of, training_bundle, with_moved_weights

FIXTURES = ROOT / "packages/bundle/test/fixtures/keras/models.json"
ROWS = 6


def case(name: str, way: str, data: bytes, config: str | None, **rest) -> dict:
    return {"name": f"{name}, {way}", "way": way, "file": base64.b64encode(packed(data)).decode(), "config": config, **rest}


def cases():
    rng = np.random.default_rng(11)
    for version, k in VERSIONS.items():
        k.utils.set_random_seed(11)
        for place, (name, model) in enumerate(models(k, small=True)):
            with_moved_weights(model, rng)
            rows = rows_for(model, rng, ROWS).round(3)
            expected = {"inputs": rows.ravel(), "scores": scores_of(model, rows), "keras": k.__version__}
            # Each way of each version, by turns.
            ways = [way for way, _, _ in files(model)]
            for way, data, config in files(model, (ways[place % len(ways)],)):
                yield case(f"{version}: {name}", way, data, config, **expected)
        for name, model, code, layer, option in refused(k):
            for way, data, config in files(model, ("h5" if k is VERSIONS["keras 2"] else "keras",)):
                yield case(f"{version}: {name}", way, data, config, refused={"code": code, "layer": layer, "option": option})


def bundle() -> dict:
    """A bundle of the training layout with two small networks."""
    k, rng = VERSIONS["keras 3"], np.random.default_rng(12)
    k.utils.set_random_seed(12)
    layers = k.layers
    ann = k.Sequential([k.Input((4,)), layers.Dense(3, activation="relu"), layers.BatchNormalization(), layers.Dense(1, activation="sigmoid")])
    lstm = k.Sequential([k.Input((4, 1)), layers.LSTM(3), layers.Dense(1, activation="sigmoid")])
    data, table, scores = training_bundle(with_moved_weights(ann, rng), with_moved_weights(lstm, rng), "h5", rng, 8)
    return {"file": base64.b64encode(data).decode(), "table": table, "scores": scores}


def elsewhere() -> dict:
    """Weights whose numbers are in another file, which there is on most machines."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("layers/dense/vars/0", (2, 1), "<f4", external=[("/etc/passwd", 0, 8)])
        file["layers/dense/vars/1"] = np.zeros(1, "<f4")
    dense = {"class_name": "Dense", "config": {"name": "dense", "units": 1, "activation": "sigmoid", "batch_shape": [None, 2]}}
    return {"file": base64.b64encode(packed(buffer.getvalue())).decode(), "config": {"layers": [dense]}}


def check() -> list[str]:
    wrong = []
    for found in json.loads(FIXTURES.read_text(encoding="utf-8"))["cases"]:
        if "refused" in found:
            continue
        k = VERSIONS[found["name"].split(":")[0]]
        model = reopened(k, found["way"], zlib.decompress(base64.b64decode(found["file"])), found["config"])
        rows = np.array(found["inputs"], "<f4").reshape(-1, *model.inputs[0].shape[1:])
        distance = float(np.abs(scores_of(model, rows) - found["scores"]).max())
        if not distance <= 1e-6:
            wrong.append(f"{found['name']}: {distance}")
    return wrong


def main() -> int:
    warnings.simplefilter("ignore")
    if "--check" in sys.argv:
        wrong = check()
        print(f"{'differs' if wrong else 'same'} {FIXTURES.relative_to(ROOT)}", *wrong, sep="\n  ")
        return 1 if wrong else 0
    lines = ",\n".join(json.dumps(plain(made), allow_nan=False) for made in cases())
    FIXTURES.parent.mkdir(parents=True, exist_ok=True)
    more = "".join(f'"{made.__name__}": {json.dumps(plain(made()), allow_nan=False)},\n' for made in (bundle, elsewhere))
    FIXTURES.write_text(f'{{\n"madeBy": "interop/make_keras_fixtures.py",\n{more}"cases": [\n{lines}\n]\n}}\n', encoding="utf-8")
    print(f"wrote {FIXTURES.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
