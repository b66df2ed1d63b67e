"""The conformance kit of the bundle format, read by a second implementation that was written from docs/bundle-format.md.

Every bundle must be taken and every other file refused with its code; verdicts, and the numbers that the models see, must be
equal to the last bit. How far a reader is off that computes its networks in float64, with the platform's own functions and
nothing folded, is measured too: at most 1e-6 of a member's probability.
"""

import json
import sys
from pathlib import Path

import numpy as np

from bundle_container import Refused
from bundle_reader import Bundle

KIT = Path(__file__).resolve().parent.parent / "docs" / "conformance"
LIMIT = 1e-6


def from_json(path: Path):
    return json.loads(path.read_text(encoding="utf-8"), parse_int=float)


def code_of(action) -> str | None:
    """The code that it is refused with; None where it is not."""
    try:
        action()
    except Refused as refusal:
        return refusal.code
    return None


def different(got: dict, expected: dict) -> list[str]:
    """The fields that are not equal to the last bit; unknown categories in any order."""
    got, expected = ({**verdict, "unknownCategories": sorted(verdict["unknownCategories"])} for verdict in (got, expected))
    return [key for key in got.keys() | expected.keys() if got.get(key, ...) != expected.get(key, ...)]


def off_by(bundle: Bundle, record: dict) -> float:
    """The greatest difference of a network's probability from that of plain float64."""
    row, _ = bundle.preprocessor.transform(record)
    distances = [0.0]
    for _, _, columns, attack in getattr(bundle.model, "members", []):
        network = getattr(attack, "network", None)
        if network is None:
            continue
        seen = []
        exact, network.logit = network.logit, lambda x: seen.append(x) or exact(x)
        probability = attack(row[columns])
        network.logit = exact
        with np.errstate(over="ignore"):
            distances.append(abs(1 / (1 + np.exp(-network.plain_logit(seen[0]))) - probability))
    return max(distances)


def check_valid(entry: dict, keys: list[bytes], wrong: list[str]) -> tuple[int, float]:
    name, data = entry["name"], (KIT / entry["bundle"]).read_bytes()
    bundle, expected = Bundle(data), from_json(KIT / entry["outputs"])
    model = [bundle.digest, bundle.classes, bundle.preprocessor.features, bundle.preprocessor.sources]
    if model != [expected[key] for key in ("digest", "classes", "features", "sources")]:
        wrong.append(f"{name}: digest, classes, features or sources")
    for own, code in ([keys[:1], None], [keys[1:], "signature-mismatch"]):
        if code_of(lambda: Bundle(data, own)) != (code if entry["signed"] else "unsigned"):
            wrong.append(f"{name}: signature")
    profile = from_json(KIT / entry["profile"])
    pipeline = profile.pop("preprocessing_pipeline")
    stated = {**profile, **pipeline, "steps": len(pipeline["steps"])}
    del stated["preprocessing_notes"]
    if stated != bundle.profile():
        wrong.append(f"{name}: profile")
    rows, distance = from_json(KIT / entry["inputs"]), 0.0
    if len(rows) != len(expected["rows"]):
        wrong.append(f"{name}: number of rows")
    for at, (record, row) in enumerate(zip(rows, expected["rows"])):
        if "error" in row:
            code = code_of(lambda: bundle.verdict(record))
            if code != row["error"]:
                wrong.append(f"{name}, row {at}: {code}, not {row['error']}")
            continue
        for key in different(bundle.verdict(record), row):
            wrong.append(f"{name}, row {at}: {key}")
        distance = max(distance, off_by(bundle, record))
    return len(rows), distance


def main() -> int:
    index = from_json(KIT / "index.json")
    keys = [bytes.fromhex(index[name]) for name in ("publicKey", "otherPublicKey")]
    wrong, rows, distance = [], 0, 0.0
    for entry in index["valid"]:
        own_rows, own_distance = check_valid(entry, keys, wrong)
        rows, distance = rows + own_rows, max(distance, own_distance)
    for entry in index["invalid"]:
        data = (KIT / entry["bundle"]).read_bytes()
        code = code_of(lambda: Bundle(data, keys[:1] if entry["requireSignature"] else None))
        if code != entry["code"]:
            wrong.append(f"{entry['bundle']}: {code}, not {entry['code']}")
    if not distance <= LIMIT:
        wrong.append(f"networks in plain float64: {distance:.1e} off")
    print(f"{len(index['valid'])} bundles, {rows} rows, {len(index['invalid'])} files to refuse; {len(wrong)} wrong")
    print(f"networks in plain float64 and the platform's functions: at most {distance:.1e} off in probability")
    for line in wrong:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
