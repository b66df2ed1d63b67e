"""Makes small models of an old scikit-learn, for the joblib tests: trees with nodes of 56 bytes and counts in place of shares,
arrays without padding, NumPy 1; and, of scikit-learn 1.3, a tree of missing values, whose impurities are wrong there. Run in
environments of their own, once each:

    python3.11 -m venv old
    old/bin/pip install scikit-learn==1.2.2 numpy==1.26.4 joblib==1.1.1    (or scikit-learn==1.3.2)
    old/bin/python interop/old_joblib_fixtures.py
"""

import base64
import io
import json
from pathlib import Path

import joblib
import numpy as np
import sklearn
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, RobustScaler
from sklearn.tree import DecisionTreeClassifier

FOLDER = Path(__file__).resolve().parent.parent / "packages/bundle/test/fixtures/joblib"
HAS_MISSING = sklearn.__version__.startswith("1.3.")


def cases():
    rng = np.random.default_rng(12)
    x = np.round(rng.normal(size=(80, 3)), 2)
    if HAS_MISSING:
        x[rng.random(x.shape) < 0.2] = np.nan
    y = np.digitize(np.nan_to_num(x[:, 0], nan=1) + rng.normal(size=80) / 2, [-0.4, 0.6])
    attacks = np.array(["BENIGN", "DDoS", "PortScan"])[y]
    table = {f"x{place}": [None if np.isnan(cell) else cell for cell in column.tolist()] for place, column in enumerate(x.T)}

    def case(name, model, protocol, compress=0):
        buffer = io.BytesIO()
        joblib.dump(model, buffer, protocol=protocol, compress=compress)
        return {
            "name": f"{name} of scikit-learn {sklearn.__version__}",
            "file": base64.b64encode(buffer.getvalue()).decode(),
            "table": table,
            "options": {},
            "classes": [str(label) for label in model.classes_],
            "proba": model.predict_proba(x).ravel().tolist(),
            "notes": [],
        }

    if HAS_MISSING:
        tree = DecisionTreeClassifier(random_state=0).fit(x, y)
        assert np.isnan(tree.tree_.impurity).any()
        yield case("tree of missing values", tree, 4)
        return
    yield case("tree", DecisionTreeClassifier(random_state=0).fit(x, attacks), 4)
    balanced = DecisionTreeClassifier(max_depth=3, class_weight="balanced", random_state=0)
    yield case("tree of weighted rows", balanced.fit(x, y), 2)
    yield case("forest", RandomForestClassifier(5, max_depth=3, random_state=0).fit(x, attacks), 4, ("zlib", 3))
    yield case("extra trees", ExtraTreesClassifier(4, max_depth=3, random_state=0).fit(x, y), 5)
    scaled = Pipeline([("scale", RobustScaler()), ("tree", DecisionTreeClassifier(max_depth=4, random_state=0))])
    yield case("pipeline", scaled.fit(x, attacks), 3)
    encoder = LabelEncoder().fit(attacks)
    model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(RobustScaler().fit_transform(x), encoder.transform(attacks))
    layout = {
        "model": model,
        "scaler": RobustScaler().fit(x),
        "label_encoder": encoder,
        "selected_features": list(table),
        "attack_types": dict(enumerate(encoder.classes_)),
        "metadata": {"version": "20230301_120000", "model_type": "attack_classifier"},
    }
    told = case("backend bundle", model, 2)
    buffer = io.BytesIO()
    joblib.dump(layout, buffer)
    proba = model.predict_proba(RobustScaler().fit_transform(x)).ravel().tolist()
    yield {**told, "file": base64.b64encode(buffer.getvalue()).decode(), "classes": list(encoder.classes_), "proba": proba}


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case) for case in cases())
    path = FOLDER / ("models-1.3.json" if HAS_MISSING else "old-models.json")
    path.write_text(f'{{\n"madeBy": "interop/old_joblib_fixtures.py",\n"cases": [\n{lines}\n]\n}}\n')
    print(f"wrote {path.name}")
