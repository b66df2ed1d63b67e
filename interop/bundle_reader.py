"""A second reader of bundles, written from docs/bundle-format.md, with numpy and Python's own library alone."""

import re

import numpy as np

from bundle_container import Refused, read_container, read_manifest, require_signature
from bundle_models import AttackTree, Ensemble
from bundle_preprocessor import Preprocessor
from bundle_states import ascends, boolean, distinct, fields, float64, int32, integer, items, number, one_of, require, string, strings

FORMAT_VERSIONS = ("0.1", "1.0")
MAX_CLASSES, QUANTILES = 1024, 41
SCALERS = {"standardScale": "StandardScaler", "robustScale": "RobustScaler", "minMaxScale": "MinMaxScaler"}


class Bundle:
    """A bundle as read; `Refused` where it is none."""

    def __init__(self, data: bytes, keys: list[bytes] | None = None):
        """keys: of whom one must have signed it."""
        text, tensors, self.digest, signature = read_container(data)
        if keys is not None:
            require_signature(self.digest, signature, keys)
        manifest = fields(read_manifest(text, tensors))
        if string(manifest.get("formatVersion")) not in FORMAT_VERSIONS:
            raise Refused("unknown-version")
        self.kind = string(manifest.get("kind"))
        if self.kind not in ("threat_detector", "attack_classifier"):
            raise Refused("unknown-kind")
        if manifest.get("createdAt") is not None:
            string(manifest["createdAt"])
        self.classes = distinct(strings(manifest.get("classes")))
        require(2 <= len(self.classes) <= MAX_CLASSES, "classes")
        self.preprocessor = Preprocessor(manifest.get("preprocessor"))
        self.normal = one_of(manifest.get("normalClass"), self.classes)
        check_baseline(manifest.get("baseline"), self.preprocessor)
        check_provenance(fields(manifest.get("provenance")))
        if self.kind == "threat_detector":
            require(len(self.classes) == 2, "classes")
            self.model = Ensemble(manifest.get("model"))
            require([self.normal, one_of(manifest.get("attackClass"), self.classes)] == self.classes, "classes")
            threshold = fields(manifest.get("threshold"))
            self.threshold = number(threshold.get("value"), 0, 1)
            string(threshold.get("chosenBy"))
        else:
            self.model = AttackTree(manifest.get("model"))
            require(self.model.classes == self.classes, "classes of the tree")
        require(self.model.features == self.preprocessor.features, "features")
        self.steps = kinds_of(manifest["preprocessor"]["steps"])

    def verdict(self, record: dict) -> dict:
        """What the bundle says of a row: section 11. Raises Refused for a row that gets no verdict."""
        row, unknown = self.preprocessor.transform(record)
        with np.errstate(over="ignore", invalid="ignore"):
            made = self.model.verdict(row, len(unknown)) if self.kind == "threat_detector" else self.model.verdict(row)
        nothing = dict.fromkeys(("threshold", "members", "unfamiliar", "confidence", "runnerUp"))
        if self.kind == "threat_detector":
            made |= {"threshold": self.threshold, "isAttack": made["probability"] > self.threshold}
            made["class"] = self.classes[made["isAttack"]]
        else:
            made["isAttack"] = made["class"] != self.normal
        return {**nothing, **made, "unknownCategories": unknown, "matrix": row.tolist()}

    def profile(self) -> dict:
        """The structured part of section 13."""
        names = [name for name, _ in self.preprocessor.inputs]
        return {
            "expected_features": names,
            "class_labels": self.classes,
            "n_features_selected": len(names),
            "selected_features": names,
            "scaler_type": next((SCALERS[step] for step in self.steps if step in SCALERS), "none"),
            "steps": len(self.steps),
        }


def kinds_of(steps: list) -> list[str]:
    """The kinds of steps as the profile names them: of a union, each kind in its parts once."""
    kinds = []
    for step in steps:
        within = [inner["step"] for part in step.get("parts") or [] for inner in part["steps"]]
        kinds += dict.fromkeys(within) if step["step"] == "union" else [step["step"]]
    return kinds


def check_baseline(baseline, preprocessor: Preprocessor) -> None:
    if baseline is None:
        return
    cells = items(baseline)
    require(len(cells) == len(preprocessor.inputs), "baseline")
    for value, (_, known) in zip(cells, preprocessor.inputs):
        if known is None:
            number(value)
        else:
            require(value is None or isinstance(value, str), "baseline")


def check_provenance(provenance: dict) -> None:
    integer(provenance.get("seed"), 0)
    string(provenance.get("split"))
    for entry in map(fields, items(provenance.get("metrics"))):
        string(entry.get("measuredOn"))
        integer(entry.get("rows"), 0)
        fields(entry.get("values"))
    if provenance.get("flowProfile") is not None:
        string(provenance["flowProfile"])
    fields(provenance.get("libraries"))
    fields(provenance.get("options"))
    fingerprint = fields(provenance.get("fingerprint"))
    require(re.fullmatch("[0-9a-f]{64}", string(fingerprint.get("sha256"))) is not None, "fingerprint")
    integer(fingerprint.get("rows"), 0)
    for column in map(fields, items(fingerprint.get("columns"))):
        string(column.get("name"))
        check_sketch(fields(column.get("sketch")))
    if provenance.get("predictions") is not None:
        predictions = fields(provenance["predictions"])
        string(predictions.get("measuredOn"))
        require(check_sketch(fields(predictions.get("classes"))) == "text", "predictions")
        if predictions.get("probabilities") is not None:
            sketch = fields(predictions["probabilities"])
            require(check_sketch(sketch) == "number", "predictions")
            float64(sketch["quantiles"], None, 0, 1)


def check_sketch(sketch: dict) -> str:
    kind = one_of(sketch.get("type"), ("number", "text"))
    count = integer(sketch.get("count"), 0)
    present = count - integer(sketch.get("missing"), 0, count)
    if kind == "text":
        rows = 0
        for pair in map(items, items(sketch.get("categories"))):
            require(len(pair) == 2, "categories")
            string(pair[0])
            rows += integer(pair[1], 1)
        others = integer(sketch.get("otherCategories"), 0)
        require(rows + integer(sketch.get("otherRows"), others) == present, "rows of a sketch")
        return kind
    quantiles = float64(sketch.get("quantiles"))
    require(len(quantiles) in (0, QUANTILES) and ascends(quantiles, False), "quantiles")
    finite = present - integer(sketch.get("infinite"), 0, present)
    number(sketch.get("mean"))
    boolean(sketch.get("integer"))
    if sketch.get("below") is not None:
        below, up_to = (int32(sketch.get(key), len(quantiles), 0, finite) for key in ("below", "upTo"))
        require(bool((below <= up_to).all()), "ranks")
        same = quantiles[1:] == quantiles[:-1]
        fits = (below[1:] == below[:-1]) & (up_to[1:] == up_to[:-1])
        require(bool(ranks_fit(same, fits, up_to[:-1] <= below[1:])), "ranks")
    return kind


def ranks_fit(same, fits, rises) -> bool:
    return all(fit if equal else rise for equal, fit, rise in zip(same, fits, rises))
