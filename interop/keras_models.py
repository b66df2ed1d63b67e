"""Models of Keras 3 and of Keras 2 (tf_keras), in the files that each writes, for the tests of @mlsec/bundle/keras."""

import io
import logging
import os
import tempfile
import zlib
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import absl.logging
import joblib
import keras
import numpy as np
import tf_keras
from sklearn.preprocessing import LabelEncoder, StandardScaler

from joblib_layouts import connection_table

absl.logging.set_verbosity(absl.logging.ERROR)  # both say that .h5 is an old format
logging.getLogger("tensorflow").setLevel(logging.ERROR)
VERSIONS = {"keras 3": keras, "keras 2": tf_keras}


def models(k, small: bool = False):
    """Name and model, with Keras' own initial weights."""
    layers, sequential, given = k.layers, k.Sequential, k.Input

    def functional(shape, *chain):
        start = values = given(shape)
        for layer in chain:
            values = layer(values)
        return k.Model(start, values)

    def head(units=1, activation="sigmoid", **options):
        return layers.Dense(units, activation=activation, **options)

    yield "dense, sigmoid", sequential([given((6,)), layers.Dense(5, activation="relu"), head()])
    yield "dense, softmax", functional((6,), layers.Dense(5, activation="relu"), head(2, "softmax"))
    yield "batch normalisation and dropout", sequential(
        [given((4,)), layers.BatchNormalization(), layers.Dense(6), layers.BatchNormalization(epsilon=1e-5), layers.Activation("relu"), layers.Dropout(0.3), head()]
    )
    yield "one LSTM", sequential([given((5, 2)), layers.LSTM(4), head()])
    yield "two LSTMs", sequential(
        [given((5, 1)), layers.LSTM(5, return_sequences=True), layers.Dropout(0.2), layers.LSTM(3), layers.Dropout(0.2), head()]
    )
    yield "reshape, LSTM, flatten", functional((6,), layers.Reshape((3, -1)), layers.LSTM(4), layers.Flatten(), layers.Dense(3, activation="relu"), head())
    yield "hard sigmoid", sequential([given((6, 3)), layers.LSTM(5, recurrent_activation="hard_sigmoid"), head()])
    yield "an LSTM of one step", sequential([given((1, 6)), layers.LSTM(4), layers.Dense(3, activation="relu"), head()])
    if small:
        return
    yield "no biases", sequential([given((4, 3)), layers.LSTM(4, use_bias=False), layers.Dense(3, activation="relu", use_bias=False), head(use_bias=False)])
    yield "batch normalisation without factors", sequential(
        [given((5,)), layers.Dense(6, activation="relu"), layers.BatchNormalization(scale=False), layers.BatchNormalization(center=False), head()]
    )
    yield "batch normalisation of sequences", sequential(
        [given((5, 3)), layers.BatchNormalization(), layers.LSTM(6, return_sequences=True), layers.BatchNormalization(axis=2), layers.LSTM(4), head()]
    )
    yield "activations as layers", sequential(
        [given((5,)), layers.Dense(4), layers.ReLU(), layers.BatchNormalization(), layers.Activation("relu"), layers.Dense(1), layers.Activation("sigmoid")]
    )
    yield "softmax as a layer", sequential([given((5,)), layers.Dense(4, activation="relu"), layers.Dense(2), layers.Softmax()])
    yield "sigmoid of a batch normalisation", sequential([given((5,)), layers.Dense(1), layers.BatchNormalization(), layers.Activation("sigmoid")])
    yield "an LSTM of one step, of all steps", sequential([given((1, 7)), layers.LSTM(4, return_sequences=True), layers.Flatten(), head()])
    yield "sequences, flattened at once", functional((4, 3), layers.Flatten(), layers.Dense(5, activation="relu"), head())
    yield "three LSTMs, softmax", functional(
        (7, 2), layers.LSTM(6, return_sequences=True), layers.LSTM(5, return_sequences=True), layers.LSTM(4, recurrent_dropout=0.1, dropout=0.2), head(2, "softmax")
    )
    yield "dense after reshape", functional((6,), layers.Dense(4, activation="relu"), layers.Reshape((1, 4)), layers.LSTM(3), head())
    yield "saturated", sequential([given((6,)), layers.Dense(32, activation="relu", kernel_initializer=k.initializers.RandomNormal(stddev=2)), head()])
    yield "reference ANN", reference_ann(k)
    yield "reference LSTM", reference_lstm(k)


def reference_ann(k, width: int = 10):
    layers = k.layers
    blocks = [
        layer
        for units in (128, 64, 32)
        for layer in [*(part for _ in range(2) for part in (layers.Dense(units, activation="relu"), layers.BatchNormalization())), layers.Dropout(0.2)]
    ]
    return k.Sequential([k.Input((width,)), *blocks, layers.Dense(1, activation="sigmoid")])


def reference_lstm(k, steps: int = 10):
    layers = k.layers
    blocks = [layer for units in (256, 128, 64) for layer in (layers.LSTM(units, return_sequences=units > 64), layers.Dropout(0.2))]
    return k.Sequential([k.Input((steps, 1)), *blocks, layers.Dense(1, activation="sigmoid")])


def refused(k):
    """Models that are refused: name, model, the error's code, layer and option."""
    layers, given = k.layers, k.Input
    last = lambda: layers.Dense(1, activation="sigmoid", name="last")  # noqa: E731
    yield "lambda", k.Sequential([given((4,)), layers.Lambda(lambda x: x * 2, name="code"), last()]), "unsupported-layer", "code", None
    yield "tanh gates", k.Sequential([given((4, 2)), layers.LSTM(3, recurrent_activation="tanh", name="gates"), last()]), "unsupported-option", "gates", "recurrent_activation"
    yield "backwards", k.Sequential([given((4, 2)), layers.LSTM(3, go_backwards=True, name="back"), last()]), "unsupported-option", "back", "go_backwards"
    yield "tanh", k.Sequential([given((4,)), layers.Dense(3, activation="tanh", name="bent"), last()]), "unsupported-option", "bent", "activation"
    yield "GRU", k.Sequential([given((4, 2)), layers.GRU(3, name="other"), last()]), "unsupported-layer", "other", None
    yield "sequences, flattened late", k.Sequential([given((4, 2)), layers.LSTM(3, return_sequences=True), layers.Flatten(name="late"), last()]), "unsupported-layer", "late", None
    start = given((4,))
    left, right = layers.Dense(3)(start), layers.Dense(3)(start)
    yield "two ways", k.Model(start, last()(layers.Add(name="joined")([left, right]))), "unsupported-layer", "joined", None


def with_moved_weights(model, rng: np.random.Generator):
    """The model with every weight moved, so that none of them is 0 or 1."""
    for layer in model.layers:
        values = [value + 0.2 * rng.uniform(-1, 1, value.shape) for value in layer.get_weights()]
        if type(layer).__name__ == "BatchNormalization":
            values[-1] = rng.uniform(0.2, 3, values[-1].shape)
        layer.set_weights(values)
    return model


def rows_for(model, rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.normal(size=(rows, *model.inputs[0].shape[1:])).astype("<f4")


def scores_of(model, rows: np.ndarray) -> np.ndarray:
    """The probability of the second class."""
    scores = np.asarray(model(rows, training=False)).reshape(len(rows), -1)
    return scores[:, -1]


def files(model, ways: tuple[str, ...] | None = None):
    """The model in the files that its Keras writes: way, bytes, and the configuration where the file has none."""
    is_old = isinstance(model, tf_keras.Model)
    every = ("h5", "keras", "weights.h5", *(("weights, h5",) if is_old else ()))
    with tempfile.TemporaryDirectory() as folder:
        for way in ways or every:
            path = Path(folder) / {"h5": "model.h5", "keras": "model.keras", "weights.h5": "model.weights.h5", "weights, h5": "model-weights.h5"}[way]
            if "weights" in way:
                model.save_weights(path)
            else:
                model.save(path)
            yield way, path.read_bytes(), model.to_json() if "weights" in way else None


def reopened(k, way: str, data: bytes, config: str | None):
    """The model that Keras itself makes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / {"h5": "model.h5", "keras": "model.keras", "weights.h5": "model.weights.h5", "weights, h5": "model-weights.h5"}[way]
        path.write_bytes(data)
        if config is None:
            return k.models.load_model(path, compile=False)
        model = k.models.model_from_json(config)
        model.load_weights(path)
        return model


SELECTED = ["flag", "src_bytes", "count", "diff_srv_rate"]


def training_bundle(ann, lstm, way: str, rng: np.random.Generator, rows: int):
    """
    A joblib file in the layout of a training script, with both networks; raw rows; and the mean of the networks' scores, the
    probability of code 1, which the layout calls an attack though its encoder made it of "normal".
    """
    table, labels = connection_table(rng, 400)
    test = connection_table(rng, rows)[0][SELECTED]
    encoders = {name: LabelEncoder().fit(table[name]) for name in ("protocol_type", "flag")}
    encoders["class"] = LabelEncoder().fit(labels)

    def encoded(rows):
        return rows.assign(flag=encoders["flag"].transform(rows["flag"]))[SELECTED].to_numpy()

    scaler = StandardScaler().fit(encoded(table))
    x = scaler.transform(encoded(test)).astype("<f4")
    content = {
        "artifacts": {"encoders": encoders, "selected_features": SELECTED, "scaler": scaler},
        "ann_weights": next(files(ann, (way,)))[1],
        "lstm_weights": next(files(lstm, (way,)))[1],
        "ann_config": ann.get_config(),
        "lstm_config": lstm.get_config(),
        "n_features": len(SELECTED),
        "random_state": 42,
    }
    buffer = io.BytesIO()
    joblib.dump(content, buffer, compress=("zlib", 9))
    scores = (scores_of(ann, x).astype(float) + scores_of(lstm, x[:, :, None])) / 2
    return buffer.getvalue(), {name: test[name].tolist() for name in test}, scores


def packed(data: bytes) -> bytes:
    """HDF5 is mostly room: for the fixtures."""
    return zlib.compress(data, 9)
