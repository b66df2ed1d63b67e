"""The preprocessor of a bundle (docs/bundle-format.md, section 5), one row at a time."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from portable_numeric import log1p

from bundle_container import Refused, number_text, utf16_length
from bundle_states import (
    ascends, boolean, distinct, fail, fields, float64, items, number, one_of, require, string, strings,
)

MAX_CATEGORIES, MAX_EDGES, MAX_PARTS, MAX_STEPS, MAX_COLUMNS, MAX_NAME = 10_000, 1025, 100, 100, 16_384, 512
SCALERS = {
    "standardScale": ("mean", lambda x, scale, mean: (x - mean) / scale),
    "robustScale": ("center", lambda x, scale, center: (x - center) / scale),
    "minMaxScale": ("offset", lambda x, scale, offset: x * scale + offset),
}


@dataclass(frozen=True)
class Column:
    """A column on its way through the steps; `of` makes its cell of a row: a float, or a string or None."""

    name: str
    source: str
    is_text: bool
    of: Callable[[dict], float | str | None]


class Preprocessor:
    def __init__(self, state):
        state = fields(state)
        entries = [fields(entry) for entry in items(state.get("inputs"))]
        require(len(entries) <= MAX_COLUMNS, "columns")
        self.inputs = [self.input_of(entry) for entry in entries]
        #: Of which infinite numbers count as missing.
        self.infinite = {entry["name"] for entry in entries if entry["type"] == "number" and entry.get("infinite") is not None}
        distinct([name for name, _ in self.inputs])
        columns = [Column(name, name, known is not None, partial(cell, name)) for name, known in self.inputs]
        self.filled = set()
        for step in steps_of(state):
            self.filled |= filled_by(step)
            columns = apply(step, columns)
        require(not any(column.is_text for column in columns), "text after the last step")
        self.features = distinct([column.name for column in columns])
        self.sources = [column.source for column in columns]
        self.columns = columns

    @staticmethod
    def input_of(entry) -> tuple[str, frozenset | None]:
        name = name_of(entry)
        if one_of(entry.get("type"), ("number", "text")) == "number":
            if entry.get("infinite") is not None:
                one_of(entry["infinite"], ("missing",))
            return name, None
        known = distinct(strings(entry.get("categories")))
        require(len(known) <= MAX_CATEGORIES, "categories")
        return name, frozenset(known)

    def transform(self, record: dict) -> tuple[np.ndarray, list[str]]:
        """The model's row, and the columns whose category is unknown. Raises Refused."""
        row = self.entered(record)
        unknown = [name for name, known in self.inputs if known is not None and row[name] not in known]
        made = np.array([column.of(row) for column in self.columns], dtype="float64")
        with np.errstate(over="ignore"):
            if not np.isfinite(made.astype("float32")).all():
                raise Refused("not-finite")
        return made, unknown

    def entered(self, record: dict) -> dict:
        if any(name not in record for name, _ in self.inputs):
            raise Refused("missing-feature")
        row = {}
        for name, known in self.inputs:
            value = record[name]
            if known is not None:
                row[name] = number_text(value) if isinstance(value, float) else value
            elif isinstance(value, str):
                raise Refused("wrong-type")
            else:
                is_missing = value is None or (math.isinf(value) and name in self.infinite & self.filled)
                row[name] = math.nan if is_missing else value
        for name, known in self.inputs:
            if known is None and not math.isfinite(row[name]) and not (math.isnan(row[name]) and name in self.filled):
                raise Refused("not-finite")
        return row


def name_of(entry: dict) -> str:
    name = string(entry.get("name"))
    require(utf16_length(name) <= MAX_NAME, "too long a name")
    return name


def steps_of(state: dict) -> list[dict]:
    steps = [fields(step) for step in items(state.get("steps"))]
    require(len(steps) <= MAX_STEPS, "steps")
    return steps


def few(columns: list) -> list:
    require(len(columns) <= MAX_COLUMNS, "columns")
    return columns


def cell(name: str, row: dict):
    return row[name]


def filled_by(step: dict) -> set[str]:
    """The columns whose missing numbers a step fills."""
    if step.get("step") == "imputeMissing":
        return {string(fields(fill).get("name")) for fill in items(fields(step.get("imputer")).get("fills"))}
    if step.get("step") != "union":
        return set()
    every, lacking = set(), set()
    for part in map(fields, items(step.get("parts"))):
        own = set().union(*map(filled_by, steps_of(part)))
        every |= own
        lacking |= set(strings(part.get("columns"))) - own
    return every - lacking


def apply(step: dict, columns: list[Column], within: bool = False) -> list[Column]:
    kind = string(step.get("step"))
    if kind == "union" and not within:
        return union(items(step.get("parts")), columns)
    if kind == "keepColumns":
        return [find(columns, name) for name in distinct(strings(step.get("columns")))]
    if kind in ("ordinalEncode", "oneHotEncode"):
        return encode(fields(step.get("encoder")), columns, kind == "oneHotEncode")
    if kind == "imputeMissing":
        return impute(fields(step.get("imputer")), columns)
    if kind == "piecewiseLinear":
        return pieces(fields(step.get("encoder")), columns)
    if kind == "clip":
        low, high = number(step.get("min")), number(step.get("max"))
        require(low <= high, "clip")
        return mapped(columns, {name: lambda x: min(max(x, low), high) if x == x else x for name in strings(step.get("columns"))})
    scaler = fields(step.get("scaler"))
    names = distinct(strings(scaler.get("features")))
    if kind == "log1p":
        return mapped(columns, {name: lambda x: -log1p(-x) if x < 0 else log1p(x) for name in names})
    require(kind in SCALERS, f"there is no step {kind}")
    key, scaled = SCALERS[kind]
    scale = float64(scaler.get("scale"), len(names))
    require(bool((scale > 0).all()), "scale")
    other = float64(scaler.get(key), len(names))
    maps = {name: partial(scaled, scale=float(s), **{key: float(o)}) for name, s, o in zip(names, scale, other)}
    return mapped(columns, maps)


def find(columns: list[Column], name: str) -> Column:
    return next((column for column in columns if column.name == name), None) or fail(f"there is no column {name!r}")


def replaced(columns: list[Column], making: dict[str, Callable[[Column], list[Column]]]) -> list[Column]:
    for name in making:
        find(columns, name)
    return few([made for column in columns for made in making.get(column.name, lambda same: [same])(column)])


def require_type(column: Column, is_text: bool) -> None:
    require(column.is_text == is_text, f"the type of {column.name!r}")


def mapped(columns: list[Column], maps: dict[str, Callable[[float], float]]) -> list[Column]:
    def with_map(column: Column) -> list[Column]:
        require_type(column, False)
        of, function = column.of, maps[column.name]
        return [replace(column, of=lambda row: function(of(row)))]

    return replaced(columns, {name: with_map for name in maps})


def impute(imputer: dict, columns: list[Column]) -> list[Column]:
    one_of(imputer.get("strategy"), ("mean", "median", "mostFrequent", "constant"))
    fills = {}
    for fill in map(fields, items(imputer.get("fills"))):
        name, value = string(fill.get("name")), fill.get("value")
        require(name not in fills, "two fills for one column")
        fills[name] = value if isinstance(value, str) else number(value)

    def with_fill(column: Column) -> list[Column]:
        of, value = column.of, fills[column.name]
        require_type(column, isinstance(value, str))
        return [replace(column, of=lambda row: value if (x := of(row)) is None or x != x else x)]

    return replaced(columns, {name: with_fill for name in fills})


def pieces(encoder: dict, columns: list[Column]) -> list[Column]:
    edges = {}
    for entry in map(fields, items(encoder.get("columns"))):
        name, own = string(entry.get("name")), float64(entry.get("edges"))
        require(name not in edges and 2 <= len(own) <= MAX_EDGES and ascends(own, True), "edges")
        edges[name] = [float(edge) for edge in own]
        require(math.isfinite(edges[name][-1] - edges[name][0]), "range of edges")

    def parts(column: Column) -> list[Column]:
        require_type(column, False)
        own = edges[column.name]
        return [
            Column(f"{column.name}>{number_text(low)}", column.source, False, piece(column.of, low, high))
            for low, high in zip(own, own[1:])
        ]

    return replaced(columns, {name: parts for name in edges})


def piece(of, low: float, high: float):
    def share(row) -> float:
        x = of(row)
        return x if math.isnan(x) else min(max((x - low) / (high - low), 0.0), 1.0)

    return share


def encode(encoder: dict, columns: list[Column], one_hot: bool) -> list[Column]:
    policies = ("error", "ignore", "other", *(("infrequentIfExist",) if one_hot else ()))
    unknown, missing = (one_of(encoder.get(key), policies) for key in ("unknown", "missing"))
    entries = {}
    for entry in map(fields, items(encoder.get("columns"))):
        name = string(entry.get("name"))
        categories, rare = strings(entry.get("categories")), strings(entry.get("rare"))
        other = boolean(entry.get("other"))
        distinct(categories + rare)
        require(name not in entries and len(categories) + len(rare) <= MAX_CATEGORIES, "categories")
        require(other or (one_hot and not rare), "a place for others")
        places = {text: place for place, text in enumerate(categories)} | {text: len(categories) for text in rare}
        entries[name] = (categories, places, other)

    def encoded(column: Column) -> list[Column]:
        require_type(column, True)
        categories, places, other = entries[column.name]
        of = column.of

        def place(row) -> int | None:
            text = of(row)
            if text in places:
                return places[text]
            policy = missing if text is None else unknown
            if policy == "error":
                raise Refused("missing-category" if text is None else "unknown-category")
            return len(categories) if policy != "ignore" and other else None

        if not one_hot:
            return [replace(column, is_text=False, of=lambda row: math.nan if (at := place(row)) is None else float(at))]
        names = [*categories, *(["<other>"] if other else [])]
        return [
            Column(f"{column.name}={text}", column.source, False, lambda row, at=at: float(place(row) == at))
            for at, text in enumerate(names)
        ]

    return replaced(columns, {name: encoded for name in entries})


def union(parts: list, columns: list[Column]) -> list[Column]:
    require(1 <= len(parts) <= MAX_PARTS, "parts")
    made, names = [], []
    for part in map(fields, parts):
        names.append(name_of(part))
        own = [find(columns, name) for name in distinct(strings(part.get("columns")))]
        for step in steps_of(part):
            own = apply(step, own, within=True)
        made = few(made + [replace(column, name=f"{names[-1]}: {column.name}") for column in own])
    distinct(names)
    return made
