"""Bundles that mlsec wrote as ONNX, checked by onnx and run by onnxruntime: in Python, in Node (onnxruntime-node) and in
WebAssembly (onnxruntime-web), and on some rows by onnx's own evaluator, which says what operators mean. Labels and probabilities are compared with mlsec's own verdicts:

- of rows as they come, of rows made to lie on the thresholds of trees, and of rows with cells that are odd, missing or unknown;
- labels of trees and forests on every row, probabilities to 1e-6; with networks, labels of rows that are further than 1e-5
  from the threshold, probabilities to 1e-5, and where they are calibrated to what the calibration makes of means that are 1e-6
  apart besides; the same rows refused;
- a tree's own operator on missing numbers, which goes where the tree has learnt to go;
- what docs/onnx.md does in Python.

The real data is looked for in MLSEC_DATA; without it all rows are generated.
"""

import base64
import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from goldens import ROOT
from mlsec_side import ask_mlsec
from test_trees_parity import Report

#: Of the shares of a tree's operator; run-onnx.ts has the others.
TREES = 1e-6


def doubles(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f8")


def session_of(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def check_form(report: Report, answer: dict, model: onnx.ModelProto) -> None:
    """What the file says of itself."""
    name = answer["name"]
    try:
        onnx.checker.check_model(model, full_check=True)
        problem = None
    except onnx.checker.ValidationError as error:
        problem = str(error)
    report.check("models that onnx's full check passes", problem is None, f"{name}: {problem}")
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    report.check("models of the stated opsets", opsets == {"": 17, "ai.onnx.ml": 3}, f"{name}: {opsets}")
    told = {entry.key: entry.value for entry in model.metadata_props}
    expected = {
        "mlsec.profile": answer["profile"],
        "mlsec.kind": answer["kind"],
        "mlsec.classes": json.dumps(answer["classes"], separators=(",", ":"), ensure_ascii=False),
        "mlsec.sha256": answer["digest"],
    }
    report.check("models with the profile", expected.items() <= told.items(), f"{name}: {told}")
    threshold = float(told["mlsec.threshold"]) if "mlsec.threshold" in told else None
    report.check("models with their threshold", threshold == answer["threshold"], f"{name}: {threshold}")
    inputs = [entry.name for entry in model.graph.input]
    report.check("models with the profile's inputs", inputs == json.loads(answer["profile"])["expected_features"], name)


def in_python(answer: dict, run, step: int = 1) -> dict:
    """As `difference` of packages/bundle/test/onnx/compare.ts, of every so many rows."""
    with open(f"{answer['file']}.json", encoding="utf-8") as file:
        asked = json.load(file)

    def cells(column: dict) -> np.ndarray:
        return np.array(column["texts"], dtype=object) if "texts" in column else doubles(column["numbers"])

    feeds = {column["name"]: cells(column)[::step].reshape(-1, 1) for column in asked["columns"]}
    labels, probabilities = run(["label", "probabilities"], feeds)
    ours = doubles(asked["probabilities"]).reshape(len(asked["labels"]), -1)[::step]
    assert probabilities.shape == ours.shape and labels.shape == (len(ours),)
    refused = np.isnan(ours).any(axis=1)
    others = (labels != np.array(asked["labels"], dtype=object)[::step]) & ~np.array(asked["free"])[::step]
    others |= (np.isnan(probabilities) != refused[:, None]).any(axis=1)
    with np.errstate(invalid="ignore"):
        beyond = (np.abs(probabilities - ours) > doubles(asked["limits"])[::step, None]).any(axis=1)
    return {
        "rows": len(ours),
        "refused": int(refused.sum()),
        "others": np.flatnonzero(others).tolist(),
        "beyond": np.flatnonzero(beyond).tolist(),
        "furthest": float(np.nanmax(np.abs(probabilities - ours))),
    }


def check_missing(report: Report, answer: dict) -> None:
    """The tree's operator by itself: the graph before it refuses rows that lack numbers, as bundles of version 0.1 do."""
    model = onnx.load(answer["file"])
    (tree,) = [node for node in model.graph.node if node.op_type == "TreeEnsembleClassifier"]
    rows = np.array([doubles(column) for column in answer["columns"]]).T
    x = onnx.helper.make_tensor_value_info(tree.input[0], onnx.TensorProto.FLOAT, ["N", rows.shape[1]])
    y = onnx.helper.make_tensor_value_info(tree.output[1], onnx.TensorProto.FLOAT, ["N", None])
    graph = onnx.helper.make_graph([tree], "tree", [x], [y])
    alone = onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    (shares,) = session_of(alone).run([y.name], {x.name: rows.astype("float32")})
    ours = doubles(answer["shares"]).reshape(shares.shape)
    far = int((np.abs(shares - ours) > TREES).any(axis=1).sum())
    lacking = int(np.isnan(rows).any(axis=1).sum())
    assert lacking > 100, "too few rows lack numbers; the comparison says nothing"
    report.check("trees that send missing numbers where they learnt to", far == 0, f"{far} of {len(rows)} rows")
    print(f"a tree's operator alone: {len(rows)} rows, {lacking} with missing numbers, {far} with other shares")


def check_guide(report: Report, folder: Path) -> None:
    """The Python of docs/onnx.md, with the first model and its flows in the files that it names."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "onnx.md").read_text(encoding="utf-8"), re.DOTALL)
    shutil.copy(folder / "0.onnx", folder / "attack_classifier.onnx")
    expected = json.loads((folder / "0.json").read_text(encoding="utf-8"))["labels"]
    told: dict = {}
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        exec(code, told)
    labels = told["labels"].tolist()
    rows = min(len(labels), len(expected))
    assert rows > 1000
    report.check("guides whose Python gives mlsec's labels", labels[:rows] == expected[:rows], "docs/onnx.md")


def main() -> int:
    onnxruntime.set_default_logger_severity(3)
    # The evaluator computes both sides of a Where, of which one may overflow.
    warnings.simplefilter("ignore", RuntimeWarning)
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        answers = ask_mlsec("run-onnx.ts", {"folder": folder, "data": os.environ.get("MLSEC_DATA")})
        for answer in answers["models"]:
            model = onnx.load(f"{answer['file']}.onnx")
            check_form(report, answer, model)
            by_definition = in_python(answer, ReferenceEvaluator(model).run, step=sum(answer["rows"].values()) // 200)
            differences = {
                "onnxruntime in Python": in_python(answer, session_of(model).run),
                **answer["differences"],
                "onnx's reference evaluator": by_definition,
            }
            rows = ", ".join(f"{count} {kind}" for kind, count in answer["rows"].items())
            print(
                f"{answer['name']}: bundle {answer['bundleBytes']:,} bytes, ONNX {answer['modelBytes']:,} bytes "
                f"in {answer['milliseconds']:.0f} ms; rows: {rows}"
            )
            limit = "1e-05" if answer["hasNetworks"] else "1e-06"
            for runtime, told in differences.items():
                print(
                    f"    {runtime}: {told['rows']} rows, {told['refused']} refused, {len(told['others'])} other labels, "
                    f"probabilities at most {told['furthest']:.2g} apart"
                )
                what = f"{answer['name']}, {runtime}"
                report.check("models with mlsec's labels", not told["others"], f"{what}: rows {told['others'][:5]}")
                report.check(f"models with its probabilities, to {limit}", not told["beyond"], f"{what}: rows {told['beyond'][:5]}")
        check_missing(report, answers["missing"])
        check_guide(report, Path(folder))
    return 1 if report.show() else 0


if __name__ == "__main__":
    sys.exit(main())
