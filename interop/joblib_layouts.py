"""The four layouts of bundles that existing training scripts and backends save, as the design describes them, with what a
backend answers to raw rows. No network in them is trained: their bytes are only handed on."""

import copy
import io
from dataclasses import dataclass
from datetime import datetime

import h5py
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import LabelEncoder, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree

ATTACKS = ["BENIGN", "Bot", "DDoS", "DoS Hulk", "PortScan", "Web Attack \ufffd Brute Force", "Web Attack \ufffd XSS"]
MENDED = {"Web Attack \ufffd Brute Force": "Web Attack Brute Force", "Web Attack \ufffd XSS": "Web Attack XSS"}
NOW = datetime(2026, 11, 29, 12, 0, 0)


@dataclass
class PreprocessArtifacts:
    """What a training script may save instead of a dict."""

    label_encoder: LabelEncoder
    scaler: RobustScaler
    feature_columns: list
    removed_columns: list
    class_mapping: dict


@dataclass
class Layout:
    name: str
    content: object
    # Raw columns, by name.
    rows: pd.DataFrame
    # Class names and probabilities of the rows; None where a network would have to answer.
    classes: list | None = None
    probabilities: np.ndarray | None = None
    predicted: list | None = None
    options: dict | None = None
    # What the notes must say, among others.
    notes: tuple = ()


class TreeOfOld:
    """A tree that is written as scikit-learn did before 1.3: nodes of 56 bytes, counts of rows in place of shares."""

    def __init__(self, tree: Tree):
        self.tree = tree

    def __reduce__(self):
        make, arguments, state = self.tree.__reduce__()
        nodes, weights = state["nodes"], state["nodes"]["weighted_n_node_samples"]
        names = [name for name in nodes.dtype.names if name != "missing_go_to_left"]
        packed = np.zeros(len(nodes), dtype=np.dtype([(name, nodes.dtype[name]) for name in names]))
        for name in names:
            packed[name] = nodes[name]
        assert packed.dtype.itemsize == 56
        counts = np.round(state["values"] * weights[:, None, None])
        return make, arguments, {**state, "nodes": packed, "values": counts}


def as_before_1_3(model):
    """A copy of a tree or forest, of rows without weights, that is written so; scikit-learn itself cannot use it any more."""
    old = copy.copy(model)
    if hasattr(model, "tree_"):
        old.tree_ = TreeOfOld(model.tree_)
    else:
        old.estimators_ = [as_before_1_3(tree) for tree in model.estimators_]
    return old


def metadata(kind: str) -> dict:
    return {"version": NOW.strftime("%Y%m%d_%H%M%S"), "model_type": kind, "training_date": NOW.isoformat()}


def flow_table(rng, rows: int):
    codes = rng.integers(0, len(ATTACKS), rows)
    names = [" Flow Duration", "Total Fwd Packets", " Bwd Packets/s", "Flow Bytes/s", " Init_Win_bytes_forward", "Idle Max"]
    columns = [np.exp(rng.normal(size=rows) * 3 + codes), rng.poisson(4 + codes), *(rng.normal(size=rows) + codes / 3 for _ in range(4))]
    # Rounded, since exponentials differ in their last bits between processors.
    return pd.DataFrame(dict(zip(names, columns))).round(3), np.array(ATTACKS, dtype=object)[codes]


def attack_layouts(rng, rows: int):
    table, labels = flow_table(rng, rows)
    encoder = LabelEncoder().fit(labels)
    removed = ["Idle Max"]
    kept = [name for name in table if name not in removed]
    scaler = RobustScaler().fit(table[kept])
    model = DecisionTreeClassifier(max_depth=10, random_state=42).fit(scaler.transform(table[kept]), encoder.transform(labels))
    test, _ = flow_table(rng, rows // 2)
    probabilities = model.predict_proba(scaler.transform(test[kept]))
    predicted = encoder.inverse_transform(model.predict(scaler.transform(test[kept])))
    answers = {
        "rows": test[kept],
        "classes": [MENDED.get(name, name) for name in encoder.classes_],
        "probabilities": probabilities,
        "predicted": [MENDED.get(name, name) for name in predicted],
        "notes": ("damaged-label",),
    }
    mapping = {name: int(code) for code, name in enumerate(encoder.classes_)}
    rest = {"model": model, "correlation_threshold": 0.85, "max_depth": 10, "random_state": 42}
    artifacts = dict(label_encoder=encoder, scaler=scaler, feature_columns=kept, removed_columns=removed, class_mapping=mapping)
    yield Layout("attack-training", {"artifacts": artifacts, **rest}, **answers)
    yield Layout("attack-training", {"artifacts": PreprocessArtifacts(**artifacts), **rest}, **answers)
    backend = {
        "model": model,
        "scaler": scaler,
        "label_encoder": encoder,
        "selected_features": kept,
        "attack_types": {code: name for name, code in mapping.items()},
        "metadata": metadata("attack_classifier"),
    }
    yield Layout("attack-backend", backend, **answers)


def connection_table(rng, rows: int):
    attack = rng.random(rows) < 0.45
    table = pd.DataFrame(
        {
            "duration": np.round(rng.exponential(5, rows), 2),
            "protocol_type": rng.choice(["tcp", "udp", "icmp"], rows),
            "flag": np.where(rng.random(rows) < 0.8, np.where(attack, "S0", "SF"), rng.choice(["REJ", "RSTO", "SH"], rows)),
            "src_bytes": np.floor(np.exp(rng.normal(size=rows) * 2 + np.where(attack, 3, 6))),
            "count": rng.poisson(np.where(attack, 120, 8)).astype(float),
            "diff_srv_rate": np.round(rng.beta(0.5, 2, rows), 2),
        }
    )
    return table, np.where(attack, "anomaly", "normal")


def threat_layouts(rng, rows: int, trees: int):
    table, labels = connection_table(rng, rows)
    test, _ = connection_table(rng, rows // 2)
    encoders = {name: LabelEncoder().fit(table[name]) for name in ("protocol_type", "flag")}
    encoders["class"] = LabelEncoder().fit(labels)
    selected = ["flag", "src_bytes", "count", "diff_srv_rate"]

    def encoded(rows):
        return rows.assign(**{name: encoders[name].transform(rows[name]) for name in ("protocol_type", "flag")})

    # As the reference does: the scaler is fitted on all columns, and the selected ones are taken afterwards.
    whole = StandardScaler().fit(encoded(table))
    small = StandardScaler().fit(encoded(table)[selected].to_numpy())
    y = encoders["class"].transform(labels)

    def answers(model, features, mend):
        shares = model.predict_proba(features)
        # Code 0 is "anomaly", which the layout calls Normal.
        shares = shares[:, ::-1] if mend else shares
        return {
            "rows": test[selected],
            "classes": ["Normal", "Attack"],
            "probabilities": shares,
            "predicted": ["Attack" if share > 0.5 else "Normal" for share in shares[:, 1]],
            "options": {"mendClassNames": True} if mend else {},
            "notes": ("inverted-classes", "unknown-categories"),
        }

    def scaled_by_all(rows):
        places = [list(table).index(name) for name in selected]
        return whole.transform(encoded(rows))[:, places]

    for mend in (False, True):
        for scaler, features in ((small, lambda rows: small.transform(encoded(rows)[selected].to_numpy())), (whole, scaled_by_all)):
            model = RandomForestClassifier(trees, random_state=1, n_jobs=1).fit(features(table), y)
            content = {
                "model": model,
                "scaler": scaler,
                "label_encoders": encoders,
                "selected_features": selected,
                "threshold": 0.5,
                "metadata": metadata("threat_detector"),
            }
            yield Layout("threat-backend", content, **answers(model, features(test), mend))

    artifacts = {"encoders": encoders, "selected_features": selected, "scaler": small}
    content = {
        "artifacts": artifacts,
        "ann_weights": network_bytes(1),
        "lstm_weights": network_bytes(2),
        "ann_config": {"name": "sequential", "layers": []},
        "lstm_config": {"name": "sequential_1", "layers": []},
        "n_features": 4,
        "random_state": 42,
    }
    yield Layout("threat-training", content, test[selected], probabilities=small.transform(encoded(test)[selected].to_numpy()), notes=("needs-keras", "inverted-classes"))


def network_bytes(seed: int) -> bytes:
    """An HDF5 file, as the weights of networks are."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["weights"] = np.random.default_rng(seed).normal(size=4)
    return buffer.getvalue()


def layouts(rows: int = 800, trees: int = 31):
    rng = np.random.default_rng(5)
    yield from attack_layouts(rng, rows)
    yield from threat_layouts(rng, rows, trees)
