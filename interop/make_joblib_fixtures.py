"""Makes the files of the joblib tests: values of Python and NumPy, as pickle and joblib write them, and what they are; and
small models of scikit-learn in the layouts of `joblib_layouts.py` and by themselves, and what they answer.

    python make_joblib_fixtures.py            write them
    python make_joblib_fixtures.py --check    load what is there with Python, exit 1 where it is something else

The files' bytes are not compared, as versions of Python and zlib differ in them.
"""

import base64
import collections
import dataclasses
import io
import json
import math
import pickle
import sys

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.tree import DecisionTreeClassifier

from goldens import ROOT, differences, plain
from joblib_layouts import as_before_1_3, layouts

MADE_BY = "interop/make_joblib_fixtures.py"
FOLDER = ROOT / "packages/bundle/test/fixtures/joblib"
VALUES = FOLDER / "values.json"
MODELS = FOLDER / "models.json"


@dataclasses.dataclass
class Config:
    depth: int
    names: list


class Slotted:
    __slots__ = ("a", "b")


class Listed(list):
    pass


class Keyed(dict):
    pass


def told(value):
    """A value as JSON, the same that the test makes of what mlsec reads."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "T":  # mlsec takes these for objects
            value = value.astype(object)
        as_rows = value.dtype.names is None or value.dtype.hasobject
        cells = [told(cell) for cell in value.reshape(-1).tolist()] if as_rows else [
            told(dict(zip(value.dtype.names, cell.tolist()))) for cell in value.reshape(-1)
        ]
        return {"array": list(value.shape), "kind": value.dtype.kind, "cells": cells}
    if isinstance(value, np.generic):
        return told(value.item())
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"int": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.hex()}
    if type(value) is list:
        return [told(item) for item in value]
    if type(value) is tuple:
        return {"tuple": [told(item) for item in value]}
    if type(value) in (dict, collections.OrderedDict, collections.defaultdict):
        return {"dict": [[told(key), told(item)] for key, item in value.items()]}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted((told(item) for item in value), key=str)}
    state = {name: getattr(value, name) for name in value.__slots__} if isinstance(value, Slotted) else vars(value)
    return {
        "object": f"{type(value).__module__}.{type(value).__qualname__}",
        "attributes": {name: told(item) for name, item in state.items()},
        "items": [told(item) for item in value] if isinstance(value, list) else None,
        "entries": told(dict(value)) if isinstance(value, dict) else None,
    }


def values():
    slotted = Slotted()
    slotted.a, slotted.b = 1, "two"
    listed = Listed([1, "a"])
    listed.note = "mine"
    grid = np.arange(6, dtype=float).reshape(2, 3) / 4
    records = np.array([(1, 0.5, b"ab"), (-2, 1e300, b"")], dtype=[("n", "<i4"), ("x", ">f8"), ("s", "S3")])
    yield "none, bools", [None, True, False]
    yield "integers", [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**53 - 1, 2**53, -(2**63), 2**300]
    yield "floats", [0.0, 0.1, -1.5e-300, 1e300, math.nan, math.inf, -math.inf]
    yield "texts", ["", "tcp", " Flow Duration", "é–\u2028\U0001f600\\n\n", "a" * 300]
    yield "bytes", [b"", b"\x00\xff\n", bytearray(b"abc"), bytes(range(256))]
    yield "tuples", [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((),)]
    yield "dicts", {"a": 1, 2: "b", (1, 2): [], "nested": {"x": {}}}
    yield "many items", {str(key): list(range(key)) for key in range(30)}
    yield "sets", [{1, 2, 3}, frozenset("ab"), set()]
    yield "collections", [collections.OrderedDict(b=1, a=2), collections.defaultdict(list, x=[1])]
    shared = ["shared"]
    yield "shared values", [shared, shared, (shared, shared)]
    yield "objects", [Config(3, ["a"]), listed, Keyed(a=1)]
    yield "slots", slotted
    yield "C order", grid
    yield "Fortran order", np.asfortranarray(np.arange(24, dtype=float).reshape(2, 3, 4))
    yield "axes in another order", np.arange(24, dtype="i4").reshape(2, 3, 4).transpose(1, 0, 2)
    yield "byte orders", [np.array([1, -2, 300], dtype=kind) for kind in ("<i2", ">i2", "<i8", ">i8", ">f4", "<f8")]
    yield "kinds", [
        np.array([0, 1, 100], dtype=kind) for kind in ("?", "i1", "u1", "u2", "i4", "u4", "u8", "f2", "f4", "f8")
    ]
    yield "halves", np.array([0.0, -0.0, 6e-8, 6.1e-5, 1, -1.5, 65504, np.inf, np.nan], dtype="f2")
    yield "large integers", [np.array([2**63 - 1, -(2**53) - 1]), np.array([2**64 - 1], dtype="u8")]
    yield "empty arrays", [np.zeros((0, 3)), np.zeros(0, dtype="U5"), np.array(3.5)]
    yield "texts in arrays", [np.array(["BENIGN", "Web Attack – XSS", ""]), np.array(["é"], dtype=">U4"), np.array([b"ab", b"a"])]
    yield "objects in arrays", [np.array(["tcp", None, 1.5, (1, 2)], dtype=object), np.array([["a", "b"], ["c", "d"]], dtype=object)]
    yield "structures", records
    yield "objects in structures", np.array([(1, "a"), (2, ["b"])], dtype=[("n", "i4"), ("o", "O")])
    yield "texts of any length", np.array(["tcp", "a much longer text"], dtype=np.dtypes.StringDType())
    yield "scalars", [np.float64(0.1), np.float32(0.1), np.int64(-5), np.bool_(True), np.str_("tcp"), np.uint8(7)]
    yield "an array twice", [grid, grid]
    yield "strided", np.arange(12)[::3]


def written(value):
    """The value as pickle writes it in every protocol, slots from the second on, and as joblib does."""
    for protocol in range(2 if isinstance(value, Slotted) else 0, 6):
        yield f"pickle, protocol {protocol}", pickle.dumps(value, protocol)
    for protocol, compress in [(2, 0), (3, ("gzip", 9)), (4, 0), (5, ("zlib", 9))]:
        buffer = io.BytesIO()
        joblib.dump(value, buffer, protocol=protocol, compress=compress)
        yield f"joblib, protocol {protocol}{f', {compress[0]}' if compress else ''}", buffer.getvalue()


def value_cases() -> list[dict]:
    return [
        {"name": name, "told": told(value), "files": {way: base64.b64encode(data).decode() for way, data in written(value)}}
        for name, value in values()
    ]


def model_cases() -> list[dict]:
    return [
        *(model_case(*case) for case in classifiers()),
        *(layout_case(layout) for layout in layouts(rows=60, trees=3)),
    ]


def classifiers():
    """By themselves, with classes and features that make a bundle of them, or not."""
    rng = np.random.default_rng(11)
    x = pd.DataFrame(np.round(rng.normal(size=(60, 3)), 2), columns=[" Flow Duration", "Total Fwd Packets", "Flow Bytes/s"])
    y = np.digitize(x[" Flow Duration"], [-0.4, 0.6])
    attacks = np.array(["BENIGN", "DDoS", "PortScan"])[y]
    yield "tree of attacks", DecisionTreeClassifier(random_state=0).fit(x, attacks), x
    codes = DecisionTreeClassifier(random_state=0).fit(x, y)
    yield "tree of codes", codes, x
    yield "tree of codes, as before scikit-learn 1.3", codes, x, as_before_1_3(codes)
    yield "forest of verdicts", RandomForestClassifier(3, random_state=0).fit(x, np.where(y == 0, "normal", "anomaly")), x
    yield "forest of attacks", ExtraTreesClassifier(3, random_state=0).fit(x, attacks), x
    scaled = Pipeline([("scale", MinMaxScaler(clip=True)), ("tree", DecisionTreeClassifier(random_state=0))])
    yield "pipeline", scaled.fit(x, attacks), x


def model_case(name: str, model, rows, as_written=None) -> dict:
    return {
        "name": name,
        "file": packed(model if as_written is None else as_written),
        "table": {column: rows[column].tolist() for column in rows},
        "options": {},
        "classes": [str(label) for label in model.classes_],
        "proba": model.predict_proba(rows).ravel(),
        "notes": [],
    }


def layout_case(layout) -> dict:
    return {
        "name": f"{layout.name} {json.dumps(layout.options or {})}",
        "file": packed(layout.content),
        "table": {column: layout.rows[column].tolist() for column in layout.rows},
        "options": layout.options or {},
        "classes": layout.classes,
        "proba": layout.probabilities.ravel(),
        "notes": layout.notes,
    }


def packed(value) -> str:
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return base64.b64encode(buffer.getvalue()).decode()


def check_values() -> list[str]:
    expected = {name: json.dumps(told(value)) for name, value in values()}
    cases = cases_in(VALUES)
    wrong = [
        f"{case['name']}: {way}"
        for case in cases
        for way, data in case["files"].items()
        if not json.dumps(told(joblib.load(io.BytesIO(base64.b64decode(data))))) == json.dumps(case["told"]) == expected.get(case["name"])
    ]
    return wrong + (["there are other values"] if [case["name"] for case in cases] != list(expected) else [])


def check_models() -> list[str]:
    """All but the files must be what would be written now."""
    made, found = (
        [{key: item for key, item in plain(case).items() if key != "file"} for case in cases]
        for cases in (model_cases(), cases_in(MODELS))
    )
    return differences(made, found, 0)


def cases_in(path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cases"]


def write(path, cases):
    lines = ",\n".join(json.dumps(plain(case), ensure_ascii=False, allow_nan=False) for case in cases)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{\n"madeBy": "{MADE_BY}",\n"cases": [\n{lines}\n]\n}}\n', encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


def main() -> int:
    if "--check" not in sys.argv:
        write(VALUES, value_cases())
        write(MODELS, model_cases())
        return 0
    failed = 0
    for path, wrong in ((VALUES, check_values()), (MODELS, check_models())):
        failed += bool(wrong)
        print(f"{'differs' if wrong else 'same'} {path.relative_to(ROOT)}")
        for line in wrong[:10]:
            print(f"  {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
