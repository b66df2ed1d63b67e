"""Bundles of mlsec, written for joblib and opened by scikit-learn, as existing backends do (`export_loaders.py`).

- attack classifiers in both layouts: classes, and probabilities to the last bit, of 1,000 rows; importances; `clone`, `repr`,
  `get_params`; for every target that this scikit-learn opens, with no warning but its own about versions;
- threat detectors of six kinds in the backend layout, the reference architecture in the training layout, too, with Keras 3 and
  2: scores at most 1e-5 apart, the same verdicts; a forest by itself is scikit-learn's, to the last bit;
- the networks of the reference architecture as `.h5` and `.keras`, loaded by Keras 3 and 2;
- every bundle of the conformance kit, row by row, by `mlsec_backend.py` (attack classifiers as detectors of the same steps);
- every file dumped again by joblib and pickle and read by mlsec: the same verdicts, to the last bit;
- the commands and the Python of docs/python.md (`npm run export` on the builds).

`test_export_joblib.py FOLDER` keeps the files there, for `old_sklearn_exports.py`.
"""

import ast
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning

from export_loaders import attack_backend, attack_training, encoded, threat_backend, threat_training
from goldens import ROOT
from mlsec_side import ask_mlsec
from test_trees_parity import Report

LIMIT = 1e-5
KIT = ROOT / "docs" / "conformance" / "valid"
#: What scikit-learn 1.9 refuses to make nodes of; see `old_sklearn_exports.py`.
OLD = ("1.1", "1.2")


def keras_versions() -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from keras_models import VERSIONS
    return VERSIONS


def table_of(case: dict) -> pd.DataFrame:
    columns = json.loads(Path(case["rows"]).read_text(encoding="utf-8"))
    return pd.DataFrame({name: pd.Series(cells, dtype=object if isinstance(cells[0], str) else float) for name, cells in columns.items()})


def opened(case: dict, report: Report) -> dict:
    """The content, with no other warning than that of another version."""
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        content = joblib.load(case["file"])
    others = [str(warning.message) for warning in noted if not issubclass(warning.category, InconsistentVersionWarning)]
    report.check("no warning but of versions", not others, f"{where(case)}: {others}")
    is_own = sklearn.__version__.startswith(case["target"])
    report.check("a warning of versions for other targets alone", (len(noted) == len(others)) == is_own, where(case))
    return content


def where(case: dict) -> str:
    return f"{case['name']}, {case['layout']}, {case['target']}"


def check_attack(case: dict, content: dict, report: Report) -> None:
    loader = attack_backend if case["layout"] == "backend" else attack_training
    proba, names = loader(content, table_of(case))
    report.check("attack classifiers: classes of rows", names == case["predicted"], where(case))
    report.check("attack classifiers: probabilities, to the last bit", proba.ravel().tolist() == case["proba"], where(case))
    check_estimator(content["model"], case, report)
    report.close("importances, to 1e-12", case["importances"], content["model"].feature_importances_, where(case))


def check_estimator(model, case: dict, report: Report) -> None:
    copied = clone(model)
    same = copied.get_params().keys() == type(model)().get_params().keys() and repr(copied) == repr(model)
    report.check("estimators are cloned and shown, with scikit-learn's parameters", same, where(case))


def check_threat(case: dict, content: dict, report: Report) -> float:
    rows = table_of(case)
    if case["layout"] == "backend":
        answers = {"": threat_backend(content, rows)}
    else:
        answers = {version: threat_training(content, rows, k) for version, k in keras_versions().items()}
    furthest = 0.0
    for version, (attack, names) in answers.items():
        distance = float(np.abs(attack - case["proba"]).max())
        furthest = max(furthest, distance)
        report.check(f"threat detectors: scores, to {LIMIT:g}", distance <= LIMIT, f"{where(case)} {version}: {distance}")
        report.check("threat detectors: verdicts", names == case["predicted"], f"{where(case)} {version}")
    if case["name"] == "forest":
        report.check("a forest: scores, to the last bit", distance == 0, f"{where(case)}: {distance}")
        check_estimator(content["model"], case, report)
    elif case["layout"] == "backend":
        verdicts = content["model"].predict(content["scaler"].transform(encoded(rows[content["selected_features"]], content["label_encoders"])))
        names = [content["model"].class_names[code] for code in verdicts]
        report.check("verdicts of the model itself", names == case["predicted"], where(case))
    return furthest


def check_kit(case: dict, report: Report) -> float:
    """Row by row, as rows of the kit are refused one by one."""
    content, name = joblib.load(case["file"]), Path(case["file"]).stem
    inputs = json.loads(Path(case["inputs"]).read_text(encoding="utf-8"))
    furthest = 0.0
    for place, (record, expected) in enumerate(zip(inputs, case["expected"], strict=True)):
        if is_otherwise(record, expected, content):
            continue
        attack = None
        try:
            row = pd.DataFrame({column: [cell_of(record[column], content["label_encoders"].get(column))] for column in content["selected_features"]})
            with np.errstate(over="ignore"):  # scikit-learn makes float32 of what is beyond it, before it refuses it
                attack = float(content["model"].predict_proba(content["scaler"].transform(row))[0, 1])
        except (KeyError, ValueError):
            pass
        report.check("rows of the kit: which are refused", (attack is None) == (expected is None), f"{name}, row {place}: {attack}, {expected}")
        if attack is not None and expected is not None:
            distance = abs(attack - expected)
            furthest = max(furthest, distance)
            report.check(f"rows of the kit: scores, to {LIMIT:g}", distance <= LIMIT, f"{name}, row {place}: {distance}")
    return furthest


def is_otherwise(record: dict, expected: float | None, content: dict) -> bool:
    """Whether the two are known to differ in what they take of a row."""
    cells = [record.get(column) for column in content["selected_features"]]
    numbers = [abs(cell) for cell in cells if isinstance(cell, (int, float))]
    is_forest = not hasattr(content["model"], "class_names")
    # A backend writes the numbers of a column of texts as texts; scalers refuse what is infinite, which is missing to some of
    # mlsec's steps; scikit-learn's forests take missing numbers, which mlsec refuses where none were in training; in float64
    # a network does not overflow where it does in float32.
    return (
        any(isinstance(record.get(column), (int, float)) for column in content["label_encoders"])
        or (expected is not None and np.inf in numbers)
        or (expected is None and is_forest and None in record.values())
        or (expected is None and max(numbers, default=0) > 1e30)
    )


def cell_of(cell, encoder):
    if encoder is None or cell is None:
        return float(cell) if cell is not None else np.nan
    known = encoder.classes_.tolist()
    return known.index(cell) if cell in known else len(known)


def dumped_again(content, case: dict, folder: Path):
    """The files that Python's joblib and pickle make of it."""
    ways = {"joblib, zlib": lambda path: joblib.dump(content, path, compress=("zlib", 3))}
    if case["name"] in ("attack", "compact", "forest"):  # each kind of model once in every way
        ways |= {f"joblib {protocol}": (lambda path, p=protocol: joblib.dump(content, path, protocol=p)) for protocol in (2, 5)}
        ways["pickle 4"] = lambda path: path.write_bytes(pickle.dumps(content, 4))
    for way, write in ways.items():
        path = folder / f"{case['name']}-{case['layout']}-{way}"
        write(path)
        yield way, str(path)


def check_imports(asked: list, report: Report) -> None:
    """What mlsec says of files that Python has written again."""
    answers = ask_mlsec("run-export.ts", {"action": "import", "files": [{"file": file, "rows": case["rows"]} for case, _, file in asked]})
    for (case, way, _), told in zip(asked, answers, strict=True):
        place = f"{where(case)}, {way}: {told['problem']}"
        report.check("files are imported again", told["problem"] is None, place)
        if told["problem"] is not None:
            continue
        kind = "attack" if case["kind"] == "attack_classifier" else "threat"
        report.check("… in their layout", told["layout"] == f"{kind}-{case['layout']}", place)
        report.check("… with the same probabilities, to the last bit", told["proba"] == case["proba"], place)
        report.check("… and the same verdicts", told["predicted"] == case["predicted"], place)


def check_module(folder: Path, report: Report) -> None:
    text = (folder / "mlsec_backend.py").read_text(encoding="utf-8")
    names = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
    report.check("the module imports NumPy alone", names == {"numpy"}, str(names))


def check_keras(folder: Path, report: Report) -> None:
    """Both files of each network, in both versions of Keras: the same scores."""
    rows = np.random.default_rng(2).normal(size=(100, 10)).astype("float32")
    for member, inputs in (("ann", rows), ("lstm", rows[:, :, None])):
        scores = {}
        for version, k in keras_versions().items():
            for way in ("h5", "keras"):
                model = k.models.load_model(folder / f"{member}.{way}", compile=False)
                scores[f"{member}.{way}, {version}"] = np.asarray(model(inputs, training=False)).ravel()
        first = next(iter(scores.values()))
        for place, own in scores.items():
            report.check("networks as .h5 and .keras", np.ptp(own) > 0.01 and np.abs(own - first).max() <= 1e-6, place)


def check_guide(folder: Path, cases: list, report: Report) -> None:
    """Runs the commands and the Python of docs/python.md, on these models and rows."""
    for name, file in (("attack", "flows.csv"), ("compact", "connections.csv")):
        table_of(next(case for case in cases if case["name"] == name)).to_csv(folder / file, index=False)
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    text = text.replace("out/quickstart", folder.as_posix()).replace("out/python", f"{folder.as_posix()}/python")
    commands = [command.split() for command in re.findall(r"^    (npm run export .*)$", text, re.M)]
    scripts = [[sys.executable, "-W", "error", "-c", script] for script in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)]
    for command in commands + scripts:
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
        is_good = ended.returncode == 0 and ended.stdout.strip() != ""
        report.check("commands and Python of the guide", is_good, f"{command[-1]}: {ended.stdout[-500:]} {ended.stderr[-500:]}")
    report.check("the guide has commands and Python", len(commands) >= 3 and len(scripts) >= 2, f"{len(commands)}, {len(scripts)}")


def main(folder: Path) -> int:
    warnings.simplefilter("error")
    kit = sorted(str(path).removesuffix(".safetensors") for path in KIT.glob("*.safetensors"))
    told = ask_mlsec("run-export.ts", {"action": "export", "folder": str(folder), "kit": kit})
    cases = [case for case in told["cases"] if case["name"] != "kit"]
    (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    report = Report()
    check_module(folder, report)
    sys.path.insert(0, str(folder))
    asked, furthest, rows = [], 0.0, 0
    for case in cases:
        asked.append((case, "as written", case["file"]))
        if case["target"] in OLD:
            continue
        content = opened(case, report)
        rows = max(rows, len(case["predicted"]))
        if case["kind"] == "attack_classifier":
            check_attack(case, content, report)
        else:
            furthest = max(furthest, check_threat(case, content, report))
        if sklearn.__version__.startswith(case["target"]):
            asked += [(case, way, file) for way, file in dumped_again(content, case, folder)]
    for case in told["cases"]:
        if case["name"] == "kit":
            furthest = max(furthest, check_kit(case, report))
    check_keras(folder, report)
    check_imports(asked, report)
    check_guide(folder, cases, report)
    data = "real" if told["isReal"] else "generated"
    print(f"{len(cases)} files, {rows} {data} rows each, {len(asked)} files read again; scores are at most {furthest:.2g} apart; comparisons:")
    return 1 if report.show() else 0


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if len(sys.argv) > 1:
        target = Path(sys.argv[1]).resolve()
        target.mkdir(parents=True, exist_ok=True)
        sys.exit(main(target))
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(main(Path(temporary)))
