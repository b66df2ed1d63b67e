"""Makes the files of the joblib tests: values of Python and NumPy, as pickle and joblib write them, and what they are.

    python make_joblib_fixtures.py            write them
    python make_joblib_fixtures.py --check    load what is there with Python, exit 1 where it is something else

Their bytes are not compared, as versions of Python and zlib differ in them.
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

from goldens import ROOT

MADE_BY = "interop/make_joblib_fixtures.py"
PATH = ROOT / "packages/bundle/test/fixtures/joblib/values.json"


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
        cells = [told(cell) for cell in value.reshape(-1).tolist()] if value.dtype.names is None else [
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


def check() -> int:
    found = json.loads(PATH.read_text(encoding="utf-8"))
    expected = {name: json.dumps(told(value)) for name, value in values()}
    wrong = []
    for case in found["cases"]:
        for name, data in case["files"].items():
            loaded = joblib.load(io.BytesIO(base64.b64decode(data)))
            if not json.dumps(told(loaded)) == json.dumps(case["told"]) == expected.get(case["name"]):
                wrong.append(f"{case['name']}: {name}")
    if [case["name"] for case in found["cases"]] != list(expected):
        wrong.append("there are other cases")
    print(f"{'differs' if wrong else 'same'} {PATH.relative_to(ROOT)}")
    for line in wrong:
        print(f"  {line}", file=sys.stderr)
    return 1 if wrong else 0


def write() -> int:
    cases = [
        {"name": name, "told": told(value), "files": {way: base64.b64encode(data).decode() for way, data in written(value)}}
        for name, value in values()
    ]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, allow_nan=False) for case in cases)
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(f'{{\n"madeBy": "{MADE_BY}",\n"cases": [\n{lines}\n]\n}}\n', encoding="utf-8")
    print(f"wrote {PATH.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv else write())
