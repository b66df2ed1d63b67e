"""The command line of the golden makers: write the goldens, or check those that are there.

    python make_….py [ROOT]           write them below ROOT (default: this repository)
    python make_….py [ROOT] --check   compare with what is there, exit 1 where they differ
"""

import argparse
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def plain(value):
    """The same value in JSON's own types."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    return value.item() if isinstance(value, np.generic) else value


def as_text(value) -> str:
    """One line per top-level entry, and per case where an entry is a list of cases."""

    def entry(item) -> str:
        if isinstance(item, list):
            return "[\n" + ",\n".join(json.dumps(case, ensure_ascii=False, allow_nan=False) for case in item) + "\n]"
        return json.dumps(item, ensure_ascii=False, allow_nan=False)

    return "{\n" + ",\n".join(f"{json.dumps(key)}: {entry(item)}" for key, item in value.items()) + "\n}\n"


def differences(made, found, tolerance: float, path: str = "") -> list[str]:
    """Where two JSON values differ; numbers of one list are compared relative to the largest of it."""

    def numeric_list(value) -> bool:
        return isinstance(value, list) and all(type(item) in (int, float) for item in value)

    if isinstance(made, dict) and isinstance(found, dict) and made.keys() == found.keys():
        return [line for key in made for line in differences(made[key], found[key], tolerance, f"{path}.{key}")]
    if isinstance(made, list) and isinstance(found, list) and len(made) == len(found):
        if numeric_list(made) and numeric_list(found):
            room = tolerance * max(map(abs, made), default=0)
            pairs = enumerate(zip(made, found))
            return [f"{path}[{i}]: made {a!r}, found {b!r}" for i, (a, b) in pairs if not abs(a - b) <= room]
        pairs = enumerate(zip(made, found))
        return [line for i, (a, b) in pairs for line in differences(a, b, tolerance, f"{path}[{i}]")]
    if type(made) in (int, float) and type(found) in (int, float):
        same = abs(made - found) <= tolerance * max(abs(made), abs(found))
    else:
        same = type(made) is type(found) and made == found
    return [] if same else [f"{path}: made {str(made)[:80]}, found {str(found)[:80]}"]


def main(description: str, goldens: dict[str, tuple[Callable[[], dict], float]]) -> int:
    """Writes or checks goldens: for each file, below the root, what makes it and the relative tolerance of the check."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", type=Path, default=ROOT, help="where the packages folder is, or shall be")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a golden differs")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # scikit-learn warns of the very divisions by zero that are to be recorded
    failed = 0
    for name, (make, tolerance) in goldens.items():
        path = arguments.root / name
        made = plain(make())
        if not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_text(made), encoding="utf-8")
            print(f"wrote {name}")
        elif not path.exists():
            failed += 1
            print(f"missing {name}: run this without --check", file=sys.stderr)
        else:
            found = differences(made, json.loads(path.read_text(encoding="utf-8")), tolerance)
            failed += bool(found)
            print(f"{'differs' if found else 'same'} {name}")
            for line in found[:10]:
                print(f"  {line}", file=sys.stderr)
            if len(found) > 10:
                print(f"  and {len(found) - 10} more", file=sys.stderr)
    return 1 if failed else 0
