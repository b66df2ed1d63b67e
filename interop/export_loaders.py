"""Backends that load joblib files, written after the two layouts of the design: what they say of raw rows. They know nothing of
mlsec. An unseen category gets the code after the last one of its encoder.

Needs scikit-learn and pandas, of any version; Keras for the training layout of a threat detector."""

import copy
import re
import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

METADATA = {"version", "model_type", "training_date"}


def check_metadata(bundle: dict, kind: str) -> None:
    metadata = bundle["metadata"]
    assert set(metadata) == METADATA and metadata["model_type"] == kind, metadata
    assert re.fullmatch(r"\d{8}_\d{6}", metadata["version"]), metadata
    made = datetime.fromisoformat(metadata["training_date"].replace("Z", "+00:00"))
    assert made.strftime("%Y%m%d_%H%M%S") == metadata["version"], metadata


def chosen(rows: pd.DataFrame, features: list) -> pd.DataFrame:
    missing = [name for name in features if name not in rows]
    if missing:
        raise ValueError(f"The rows lack the features {missing}.")
    return rows[features]


def encoded(rows: pd.DataFrame, encoders: dict) -> pd.DataFrame:
    def codes(name: str) -> np.ndarray:
        is_known = rows[name].isin(encoders[name].classes_).to_numpy()
        made = np.full(len(rows), len(encoders[name].classes_))
        made[is_known] = encoders[name].transform(rows[name][is_known])
        return made

    return rows.assign(**{name: codes(name) for name in encoders if name in rows})


def attack_backend(bundle: dict, rows: pd.DataFrame):
    """Probabilities, and the name of each row's class."""
    check_metadata(bundle, "attack_classifier")
    scaled = bundle["scaler"].transform(chosen(rows, bundle["selected_features"]))
    codes = bundle["model"].predict(scaled)
    names = [bundle["attack_types"][int(code)] for code in codes]
    assert names == list(bundle["label_encoder"].inverse_transform(codes))
    return bundle["model"].predict_proba(scaled), names


def attack_training(bundle: dict, rows: pd.DataFrame):
    artifacts = bundle["artifacts"]
    assert set(bundle) >= {"artifacts", "model", "correlation_threshold", "max_depth", "random_state"}
    assert not set(artifacts["removed_columns"]) & set(artifacts["feature_columns"])
    scaled = artifacts["scaler"].transform(chosen(rows, artifacts["feature_columns"]))
    codes = bundle["model"].predict(scaled)
    names = {code: name for name, code in artifacts["class_mapping"].items()}
    assert [names[code] for code in codes] == list(artifacts["label_encoder"].inverse_transform(codes))
    return bundle["model"].predict_proba(scaled), [names[code] for code in codes]


def threat_backend(bundle: dict, rows: pd.DataFrame):
    check_metadata(bundle, "threat_detector")
    table = encoded(chosen(rows, bundle["selected_features"]), bundle["label_encoders"])
    scaled = bundle["scaler"].transform(table)
    attack = bundle["model"].predict_proba(scaled)[:, 1]
    return attack, ["Attack" if share > bundle["threshold"] else "Normal" for share in attack]


def threat_training(bundle: dict, rows: pd.DataFrame, keras):
    artifacts = bundle["artifacts"]
    assert bundle["n_features"] == len(artifacts["selected_features"])
    table = encoded(chosen(rows, artifacts["selected_features"]), artifacts["encoders"])
    scaled = artifacts["scaler"].transform(table).astype("float32")
    scores = []
    for member, inputs in (("ann", scaled), ("lstm", scaled[:, :, None])):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.h5"
            path.write_bytes(bundle[f"{member}_weights"])
            model = keras.models.load_model(path, compile=False)
        again = keras.Sequential.from_config(copy.deepcopy(bundle[f"{member}_config"]))  # Keras 3 changes what it is given
        again.set_weights(model.get_weights())
        score = np.asarray(model(inputs, training=False)).ravel()
        assert np.array_equal(score, np.asarray(again(inputs, training=False)).ravel())
        scores.append(score.astype(float))
    attack = sum(scores) / 2
    return attack, ["Attack" if share > 0.5 else "Normal" for share in attack]
