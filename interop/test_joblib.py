"""Models of scikit-learn, written by joblib and pickle and opened by mlsec: what they answer is the same.

- 50 trees, forests, scalers, encoders, pipelines and column transformers, each in protocols 2 to 5, plain and packed, and
  some trees and forests as scikit-learn wrote them before 1.3;
- trees and forests: class shares equal to the last bit, of rows at every threshold and one step of float32 and of float64
  beside it (`n_jobs=1`, so that trees are summed in order); scalers and encoders: to 1e-12;
- the four layouts of bundles (`joblib_layouts.py`): the bundle that mlsec makes of each answers raw rows as the backend does.
"""

import base64
import io
import pickle
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from joblib_layouts import as_before_1_3, layouts
from mlsec_side import ask_mlsec
from test_trees_parity import Report, queries_at
from tree_datasets import constant_columns, continuous, float32_edges, flows, holes, integers, rare_classes, telling_holes, twenty_classes, two_classes

MAX_QUERIES = 1500
#: Run by joblib_versions.py: what an old scikit-learn does not have is left out, and counted.
ANY_VERSION = "--any-version" in sys.argv
left_out: list[str] = []
DENSE = {"sparse_output" if "sparse_output" in OneHotEncoder().get_params() else "sparse": False}


def made(name: str, make):
    """What `make` makes, or None where this scikit-learn does not know an option, or takes no missing values there."""
    try:
        return make()
    except (TypeError, ValueError):
        if not ANY_VERSION:
            raise
        left_out.append(name)
        return None


def classifiers():
    """Name, data, the model to fit on them, and names of the classes."""
    names = np.array([f"kind {code:02d}" for code in range(20)])
    tree = DecisionTreeClassifier
    yield "tree, gini", continuous, lambda: tree(random_state=0), None
    yield "tree, entropy", integers, lambda: tree(criterion="entropy", random_state=0), None
    yield "tree, log loss", flows, lambda: tree(criterion="log_loss", random_state=0), None
    yield "tree, depth 10, balanced", twenty_classes, lambda: tree(max_depth=10, class_weight="balanced", random_state=0), names
    yield "tree of one node", two_classes, lambda: tree(max_depth=1, min_impurity_decrease=9, random_state=0), None
    yield "tree, best first", rare_classes, lambda: tree(max_leaf_nodes=7, random_state=0), names
    yield "tree, pruned", continuous, lambda: tree(ccp_alpha=0.02, random_state=0), None
    yield "tree, edges of float32", float32_edges, lambda: tree(random_state=0), names
    yield "tree, missing values", holes, lambda: tree(random_state=0), None
    yield "tree, telling missing values", telling_holes, lambda: tree(min_samples_leaf=3, random_state=0), names
    yield "tree, constant columns", constant_columns, lambda: tree(random_state=0), None
    yield "tree, random splitter", flows, lambda: tree(splitter="random", random_state=0), None
    yield "extra tree", continuous, lambda: ExtraTreeClassifier(random_state=0), None
    yield "forest", continuous, lambda: RandomForestClassifier(100, random_state=0), None
    yield "forest, entropy", flows, lambda: RandomForestClassifier(37, criterion="entropy", random_state=0), names
    yield "forest, balanced subsample", rare_classes, lambda: RandomForestClassifier(20, class_weight="balanced_subsample", random_state=0), names
    yield "forest, no bootstrap", integers, lambda: RandomForestClassifier(10, bootstrap=False, max_features=2, random_state=0), None
    yield "forest, missing values", holes, lambda: RandomForestClassifier(25, random_state=0), None
    yield "forest, edges of float32", float32_edges, lambda: RandomForestClassifier(15, max_depth=4, random_state=0), None
    yield "forest of one tree", two_classes, lambda: RandomForestClassifier(1, random_state=0), names
    yield "forest, twenty classes", twenty_classes, lambda: RandomForestClassifier(30, max_depth=8, random_state=0), names
    yield "extra trees", continuous, lambda: ExtraTreesClassifier(50, random_state=0), None
    yield "extra trees, bootstrap", flows, lambda: ExtraTreesClassifier(20, bootstrap=True, random_state=0), names
    yield "extra trees, missing values", holes, lambda: ExtraTreesClassifier(20, random_state=0), None


def classifier_cases():
    for name, make, model_of, names in classifiers():
        rng = np.random.default_rng(len(name))
        x, y = make(rng, 250)
        x = np.asarray(x, dtype=float)
        model = made(name, lambda: model_of().fit(x, y if names is None else names[y]))
        if model is None:
            continue
        first = model.estimators_[0] if hasattr(model, "estimators_") else model
        queries = queries_at(first.tree_, x, rng)
        with np.errstate(over="ignore"):
            queries = queries[~np.isinf(queries.astype(np.float32)).any(axis=1)][:MAX_QUERIES]
        expected = {"proba": model.predict_proba(queries), "predicted": [str(label) for label in model.predict(queries)]}
        yield name, model, numeric(queries), expected
        if hasattr(first.tree_, "missing_go_to_left") and name in ("tree, gini", "forest", "forest, twenty classes"):
            yield f"{name}, as before scikit-learn 1.3", as_before_1_3(model), numeric(queries), expected


def scalers():
    yield "standard scaler", StandardScaler()
    yield "standard scaler, no mean", StandardScaler(with_mean=False)
    yield "standard scaler, no deviation", StandardScaler(with_std=False)
    yield "robust scaler", RobustScaler()
    yield "robust scaler, not centred", RobustScaler(with_centering=False)
    yield "robust scaler, unit variance", RobustScaler(quantile_range=(10, 90), unit_variance=True)
    yield "min-max scaler", MinMaxScaler()
    yield "min-max scaler, −1 to 3", MinMaxScaler((-1, 3))


def scaler_cases():
    for name, scaler in scalers():
        rng = np.random.default_rng(len(name))
        x = flows(rng, 200)[0] * [1, 1e-9, 1e12, 1]
        queries = np.concatenate([x[:50] * 1.7, rng.normal(size=(50, 4))])
        yield name, scaler.fit(x), numeric(queries), {"matrix": scaler.transform(queries)}


def texts(rng, rows: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "protocol": rng.choice(["tcp", "udp", "icmp"], rows, p=[0.7, 0.28, 0.02]),
            "flag é": rng.choice(["SF", "S0", "REJ", "RSTO\u2028"], rows, p=[0.6, 0.3, 0.09, 0.01]),
        }
    ).astype(object)


def encoder_cases():
    rng = np.random.default_rng(3)
    known = texts(rng, 300)
    strange = pd.concat([known[:40], pd.DataFrame({"protocol": ["gre", "tcp"], "flag é": ["SF", "OTH"]}, dtype=object)])
    holed = known.where(rng.random(known.shape) > 0.1, None)
    unknown = dict(handle_unknown="use_encoded_value")
    cases = [
        ("ordinal encoder", lambda: OrdinalEncoder(), known, known),
        ("ordinal encoder, arrays", lambda: OrdinalEncoder(), known.to_numpy(), known.set_axis(["x0", "x1"], axis=1)),
        ("ordinal encoder, unknown is NaN", lambda: OrdinalEncoder(unknown_value=np.nan, **unknown), known, strange),
        ("ordinal encoder, rare", lambda: OrdinalEncoder(min_frequency=10), known, known),
        ("ordinal encoder, missing", lambda: OrdinalEncoder(), holed, holed),
        ("ordinal encoder, fixed categories", lambda: OrdinalEncoder(categories=[["udp", "tcp", "icmp"], ["SF", "S0", "REJ", "RSTO\u2028"]]), known, known),
        ("one-hot encoder", lambda: OneHotEncoder(**DENSE), known, known),
        ("one-hot encoder, unknown ignored", lambda: OneHotEncoder(handle_unknown="ignore", **DENSE), known, strange),
        ("one-hot encoder, rare", lambda: OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10, **DENSE), known, strange),
        ("one-hot encoder, missing", lambda: OneHotEncoder(handle_unknown="ignore", **DENSE), holed, holed),
    ]
    for name, encoder_of, training, queries in cases:
        encoder = made(name, lambda: encoder_of().fit(training))
        if encoder is None:
            continue
        asked = queries if hasattr(encoder, "feature_names_in_") else queries.to_numpy()
        yield name, encoder, tabular(queries), {"matrix": encoder.transform(asked)}
    labels = LabelEncoder().fit(known["protocol"])
    yield "label encoder", labels, tabular(known[["protocol"]]), {"codes": labels.transform(known["protocol"])}


def pipeline_cases():
    rng = np.random.default_rng(8)

    def table(rows):
        x, y = continuous(rng, rows)
        numbers = pd.DataFrame(x, columns=[f" n{place}" for place in range(5)])
        return pd.concat([texts(rng, rows), numbers], axis=1), np.array(["BENIGN", "DDoS", "PortScan"])[y]

    training, labels = table(400)
    queries, _ = table(200)
    numbers = [f" n{place}" for place in range(5)]
    both = ColumnTransformer(
        [
            ("text", OneHotEncoder(handle_unknown="ignore", **DENSE), ["flag é", "protocol"]),
            ("scaled", Pipeline([("robust", RobustScaler()), ("range", MinMaxScaler(clip=True))]), [" n3", " n1"]),
            ("dropped", "drop", [" n0"]),
        ],
        remainder="passthrough",
    )
    codes = ColumnTransformer([("codes", OrdinalEncoder(), slice(0, 2))], remainder=StandardScaler())
    cases = [
        ("column transformer", both, None, list(training)),
        ("column transformer, by places", codes, None, list(training)),
        ("pipeline of scalers", Pipeline([("a", StandardScaler()), ("b", "passthrough"), ("c", MinMaxScaler())]), None, numbers),
        ("pipeline, scaler and tree", Pipeline([("scale", RobustScaler()), ("tree", DecisionTreeClassifier(max_depth=6, random_state=0))]), labels, numbers),
        ("pipeline, columns and tree", Pipeline([("columns", both), ("tree", DecisionTreeClassifier(max_depth=6, random_state=0))]), labels, list(training)),
        ("pipeline, columns and forest", Pipeline([("columns", codes), ("forest", RandomForestClassifier(21, random_state=0))]), np.where(labels == "BENIGN", "normal", "anomaly"), list(training)),
        ("pipeline, scaler and forest of three classes", Pipeline([("scale", StandardScaler()), ("forest", RandomForestClassifier(10, random_state=0))]), labels, numbers),
    ]
    for name, model, y, columns in cases:
        model.fit(training[columns], y)
        asked = queries[columns]
        expected = {"matrix": model.transform(asked)} if y is None else {
            "matrix": model[:-1].transform(asked),
            "proba": model.predict_proba(asked),
            "predicted": model.predict(asked).tolist(),
            "classes": model.classes_.tolist(),
        }
        yield name, model, tabular(asked), expected


def numeric(rows: np.ndarray) -> dict:
    return {f"x{place}": [None if np.isnan(value) else value for value in column] for place, column in enumerate(rows.T.tolist())}


def tabular(rows: pd.DataFrame) -> dict:
    return {name: rows[name].tolist() for name in rows}


def files(value):
    """The value as joblib and pickle write it, by the way in which."""
    for protocol in (2, 3, 4, 5):
        yield f"joblib {protocol}", joblib_bytes(value, protocol, 0)
    yield "joblib 4, zlib", joblib_bytes(value, 4, ("zlib", 3))
    yield "joblib 5, gzip", joblib_bytes(value, 5, ("gzip", 6))
    yield "pickle 2", pickle.dumps(value, 2)
    yield "pickle 5", pickle.dumps(value, 5)


def joblib_bytes(value, protocol: int, compress) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer, protocol=protocol, compress=compress)
    return buffer.getvalue()


def question(value, table: dict, options: dict | None = None) -> dict:
    return {
        "files": {way: base64.b64encode(data).decode() for way, data in files(value)},
        "table": table,
        "options": options or {},
    }


def exactly(report: Report, what: str, ours, theirs, where: str):
    ours = np.array([np.nan if value is None else value for value in ours])
    report.check(what, np.array_equal(ours, np.asarray(theirs, dtype=float).ravel(), equal_nan=True), where)


def compare(name: str, expected: dict, told: dict, report: Report):
    report.check("the same from every protocol and compression", told["same"], name)
    if "proba" in expected:
        theirs = expected["proba"]
        if told.get("classes"):  # a threat detector has its normal class first
            theirs = theirs[:, [expected["classes"].index(label) for label in told["classes"]]]
        exactly(report, "class shares, to the last bit", told["proba"], theirs, name)
        report.check("classes", told["predicted"] == expected["predicted"], name)
    if "matrix" in expected:
        theirs = np.asarray(expected["matrix"], dtype=float).ravel()
        ours = np.array([np.nan if value is None else value for value in told["matrix"]])
        good = ours.shape == theirs.shape and np.array_equal(np.isnan(ours), np.isnan(theirs))
        report.check("missing values in matrices", good, name)
        if good:
            report.close("matrices, to 1e-12", np.nan_to_num(ours), np.nan_to_num(theirs), name)
            report.check("… to the last bit", np.array_equal(ours, theirs, equal_nan=True), name)
    if "codes" in expected:
        report.check("codes of labels", told["codes"] == expected["codes"].tolist(), name)


def compare_layout(layout, told: dict, report: Report):
    name = f"{layout.name}, {type(layout.content['artifacts']).__name__ if 'artifacts' in layout.content else layout.options}"
    report.check("layouts are recognised", told["layout"] == layout.name, name)
    report.check("the same from every protocol and compression", told["same"], name)
    missing = set(layout.notes) - {note["what"] for note in told["notes"]}
    report.check("notes", not missing, f"{name}: {missing}")
    if layout.classes is None:
        exactly(report, "matrices of layouts, to the last bit", told["matrix"], layout.probabilities, name)
        networks = [layout.content[field].hex() for field in ("ann_weights", "lstm_weights")]
        report.check("bytes of networks", told["networks"] == networks, name)
        return
    report.check("classes of bundles", told["classes"] == layout.classes, f"{name}: {told['classes']}")
    exactly(report, "class shares of bundles, to the last bit", told["proba"], layout.probabilities, name)
    report.check("verdicts of detectors", told["predicted"] == layout.predicted, name)


def main() -> int:
    warnings.simplefilter("ignore")
    cases = [*classifier_cases(), *scaler_cases(), *encoder_cases(), *pipeline_cases()]
    known = list(layouts())
    asked = [question(model, table) for _, model, table, _ in cases]
    asked += [question(layout.content, tabular(layout.rows), layout.options) for layout in known]
    answers = ask_mlsec("run-joblib.ts", asked)
    report = Report()
    for (name, _, _, expected), told in zip(cases, answers):
        if told["problem"] is not None:
            report.check("models are made", False, f"{name}: {told['problem']}")
        else:
            compare(name, expected, told, report)
    for layout, told in zip(known, answers[len(cases) :]):
        if told["problem"] is not None:
            report.check("models are made", False, f"{layout.name}: {told['problem']}")
        else:
            compare_layout(layout, told, report)
    if left_out:
        print(f"not in scikit-learn {sklearn.__version__}: {', '.join(left_out)}")
    print(f"{len(cases)} models and {len(known)} bundles, {len(asked[0]['files'])} files each; comparisons:")
    return 1 if report.show() else 0


if __name__ == "__main__":
    sys.exit(main())
