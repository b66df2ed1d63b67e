// Made by scripts/backend-module.mjs from python/mlsec_backend.py. Not to be edited.

/** The module `mlsec_backend`: a file of this text must be importable where a joblib file is loaded that is of it. */
export const BACKEND_MODULE: string = `"""Threat detectors of mlsec in a joblib file, for backends that load one. It needs NumPy alone.

MlsecModel computes what docs/bundle-format.md of mlsec says, rows together, in float64: its scores are mlsec's within 1e-5.
This file lies beside a joblib file that mlsec wrote, and must be importable where joblib.load opens that.
"""

import numpy as np

#: Of the states in a model. Another one is of another version of this file.
FORMAT = 1
#: Rows that are computed together.
BATCH = 2048


class MlsecModel:
    """The model of a threat detector: probabilities of the two classes, in the order of class_names.

    A backend hands over the columns feature_names_in_ in this order, after its label encoders and scaler, as for a model of
    scikit-learn. Where the scaler of the file does nothing, the model does the preprocessing itself: it takes texts as the codes
    of the label encoders, or as they are. A code that no encoder gives, such as -1, stands for a category that training did not
    see; NaN for a missing cell.
    """

    def __setstate__(self, state: dict):
        if state.get("format") != FORMAT:
            raise ValueError(f"The model has format {state.get('format')!r}; this mlsec_backend.py reads {FORMAT}. Use the one that was written beside the file.")
        self.__dict__.update(state)

    def __repr__(self) -> str:
        members = [member["name"] for member in self.ensemble["members"]]
        return f"MlsecModel({len(self.feature_names_in_)} columns, members {', '.join(members)}, threshold {self.threshold})"

    @property
    def classes_(self) -> np.ndarray:
        """What predict gives: places in class_names."""
        return np.array([0, 1])

    @property
    def n_features_in_(self) -> int:
        return len(self.feature_names_in_)

    def predict(self, X) -> np.ndarray:
        """1 for an attack, where its probability is greater than the threshold, else 0."""
        return (self.predict_proba(X)[:, 1] > self.threshold).astype(int)

    def predict_proba(self, X) -> np.ndarray:
        """Rows × 2 probabilities. X: rows × columns, an array, a list of rows or a DataFrame."""
        columns = columns_of(X, self.feature_names_in_)
        with np.errstate(all="ignore"):
            # What is not finite is looked for.
            matrix = matrix_of(columns, self.feature_names_in_) if self.preprocessor is None else transformed(self.preprocessor, columns)
            batches = [self.attack(matrix[at : at + BATCH]) for at in range(0, len(matrix), BATCH)]
        attack = np.concatenate(batches) if batches else np.zeros(0)
        return np.column_stack([1 - attack, attack])

    def attack(self, matrix: np.ndarray) -> np.ndarray:
        """The probability of an attack for each row of features."""
        mean = sum(member["weight"] * member_proba(member, matrix, self.ensemble["sources"]) for member in self.ensemble["members"])
        if np.isnan(mean).any():
            raise ValueError(f"A network overflows on row {int(np.flatnonzero(np.isnan(mean))[0])}.")
        calibration = self.ensemble["calibration"]
        return np.minimum(mean, 1.0) if calibration is None else calibrated(calibration, mean)


# Columns as they come in: an array of numbers, or a Text.


class Text:
    """A column of texts: each cell's place in a list of texts. In the list, None is a text that is not known; -1 is missing."""

    def __init__(self, places: np.ndarray, texts: list):
        self.places, self.texts = places, texts

    def filled(self, value: str) -> "Text":
        return Text(np.where(self.places < 0, len(self.texts), self.places), [*self.texts, value])


def columns_of(X, names) -> list:
    if hasattr(X, "columns"):
        return [np.asarray(X[name]) for name in names]
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] != len(names):
        raise ValueError(f"X has the shape {X.shape}; the model takes rows of {len(names)} columns: {', '.join(names)}.")
    return list(X.T)


def numbers(column, name: str) -> np.ndarray:
    try:
        return np.asarray(column, dtype="float64")
    except (TypeError, ValueError):
        raise ValueError(f"Column {name!r} holds what is no number.") from None


def text(column, categories: list) -> Text:
    column = np.asarray(column)
    if column.dtype.kind in "biuf":
        codes = column.astype("float64")
        known = (codes >= 0) & (codes < len(categories)) & (codes == np.floor(codes))
        places = np.where(known, codes, len(categories))
        return Text(np.where(np.isnan(codes), -1, places).astype("int64"), [*categories, None])
    cells = column.tolist()
    is_missing = [cell is None or cell != cell for cell in cells]
    texts = list(dict.fromkeys(cell for cell, missing in zip(cells, is_missing) if not missing))
    if not all(isinstance(cell, str) for cell in texts):
        return text(numbers(column, "of texts"), categories)
    place = {cell: at for at, cell in enumerate(texts)}
    return Text(np.array([-1 if missing else place[cell] for cell, missing in zip(cells, is_missing)], dtype="int64"), texts)


def matrix_of(columns: list, names) -> np.ndarray:
    """The features as the ensemble takes them: finite in float32, too."""
    matrix = np.column_stack([numbers(column, name) for column, name in zip(columns, names)])
    wrong = ~np.isfinite(matrix.astype("float32"))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(f"Row {row}, {names[column]!r}: {matrix[row, column]} is no finite number.")
    return matrix


# Preprocessing, section 5 of the format. A column on its way is (name, numbers or Text).


def transformed(preprocessor: dict, columns: list) -> np.ndarray:
    filled = {name for step in preprocessor["steps"] for name in filled_by(step)}
    frame = []
    for given, column in zip(preprocessor["inputs"], columns):
        name = given["name"]
        if given["type"] == "text":
            frame.append((name, text(column, given["categories"])))
            continue
        values = numbers(column, name)
        if given.get("infinite") is not None and name in filled:
            values = np.where(np.isinf(values), np.nan, values)
        wrong = np.isinf(values) if name in filled else ~np.isfinite(values)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ValueError(f"Row {row}, column {name!r}: {values[row]} is no finite number.")
        frame.append((name, values))
    for step in preprocessor["steps"]:
        frame = applied(step, frame)
    return matrix_of([values for _, values in frame], [name for name, _ in frame])


def filled_by(step: dict) -> set:
    """The columns whose missing cells a step fills."""
    if step["step"] == "imputeMissing":
        return {fill["name"] for fill in step["imputer"]["fills"]}
    every, lacking = set(), set()
    for part in step["parts"] if step["step"] == "union" else []:
        own = {name for inner in part["steps"] for name in filled_by(inner)}
        every |= own
        lacking |= set(part["columns"]) - own
    return every - lacking


def applied(step: dict, frame: list) -> list:
    kind = step["step"]
    if kind == "keepColumns":
        return kept(frame, step["columns"])
    if kind == "union":
        return [
            (f"{part['name']}: {name}", values)
            for part in step["parts"]
            for name, values in run(part["steps"], kept(frame, part["columns"]))
        ]
    makers = makers_of(step)
    return [made for column in frame for made in (makers[column[0]](*column) if column[0] in makers else [column])]


def run(steps: list, frame: list) -> list:
    for step in steps:
        frame = applied(step, frame)
    return frame


def kept(frame: list, names: list) -> list:
    by_name = {}
    for name, values in frame:
        by_name.setdefault(name, values)
    return [(name, by_name[name]) for name in names]


def makers_of(step: dict) -> dict:
    """For each column of a step what it makes of it: columns."""
    kind = step["step"]
    if kind == "clip":
        return {name: one(lambda x: np.clip(x, step["min"], step["max"])) for name in step["columns"]}
    if kind == "imputeMissing":
        return {fill["name"]: one(lambda x, value=fill["value"]: impute(x, value)) for fill in step["imputer"]["fills"]}
    if kind in ("ordinalEncode", "oneHotEncode"):
        encode = ordinal if kind == "ordinalEncode" else one_hot
        encoder = step["encoder"]
        return {entry["name"]: lambda name, x, entry=entry: encode(name, places_of(x, entry, encoder, name), entry) for entry in encoder["columns"]}
    if kind == "piecewiseLinear":
        return {entry["name"]: lambda name, x, edges=entry["edges"]: pieces(name, x, edges) for entry in step["encoder"]["columns"]}
    scaler = step["scaler"]
    if kind == "log1p":
        return {name: one(lambda x: np.where(x < 0, -np.log1p(np.abs(x)), np.log1p(np.abs(x)))) for name in scaler["features"]}
    if kind not in SCALERS:
        raise ValueError(f"This mlsec_backend.py does not know the step {kind!r}. Use the one that was written beside the file.")
    other, scaled = SCALERS[kind]
    return {
        name: one(lambda x, scale=scale, shift=shift: scaled(x, scale, shift))
        for name, scale, shift in zip(scaler["features"], scaler["scale"], scaler[other])
    }


SCALERS = {
    "standardScale": ("mean", lambda x, scale, mean: (x - mean) / scale),
    "robustScale": ("center", lambda x, scale, center: (x - center) / scale),
    "minMaxScale": ("offset", lambda x, scale, offset: x * scale + offset),
}


def one(function):
    return lambda name, x: [(name, function(x))]


def impute(x, value):
    return x.filled(value) if isinstance(x, Text) else np.where(np.isnan(x), value, x)


def places_of(x: Text, entry: dict, encoder: dict, name: str) -> np.ndarray:
    """The place of each cell's category; -1 where it has none."""
    count = len(entry["categories"])
    places = {category: place for place, category in enumerate(entry["categories"])} | {rare: count for rare in entry["rare"]}
    nowhere = count if entry["other"] else -1

    def otherwise(policy: str, row: int) -> int:
        if policy == "error":
            raise ValueError(f"Row {row}, column {name!r}: the category is missing, or none that training saw.")
        return -1 if policy == "ignore" else nowhere

    used, first = np.unique(x.places, return_index=True)
    found = {}
    for at, row in zip(used.tolist(), first.tolist()):
        category = None if at < 0 else x.texts[at]
        if category is not None and category in places:
            found[at] = places[category]
        else:
            found[at] = otherwise(encoder["missing" if at < 0 else "unknown"], row)
    table = np.array([found[at] for at in used.tolist()], dtype="int64")
    return table[np.searchsorted(used, x.places)] if len(used) > 0 else np.zeros(0, dtype="int64")


def ordinal(name: str, places: np.ndarray, entry: dict) -> list:
    return [(name, np.where(places < 0, np.nan, places))]


def one_hot(name: str, places: np.ndarray, entry: dict) -> list:
    names = [*entry["categories"], *(["<other>"] if entry["other"] else [])]
    return [(f"{name}={category}", (places == place).astype("float64")) for place, category in enumerate(names)]


def pieces(name: str, x: np.ndarray, edges: np.ndarray) -> list:
    return [(f"{name}>{number_text(low)}", np.clip((x - low) / (high - low), 0.0, 1.0)) for low, high in zip(edges, edges[1:])]


def number_text(value: float) -> str:
    """The number as ECMAScript writes it, for the names of columns."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = np.format_float_scientific(abs(value), unique=True, trim="-").partition("e")
    digits, point = mantissa.replace(".", ""), int(exponent) + 1
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"


# Members, sections 6 to 9 of the format.


def member_proba(member: dict, matrix: np.ndarray, sources: list) -> np.ndarray:
    """A member's probability of an attack for each row."""
    own = matrix[:, member["columns"]]
    if member["name"] == "forest":
        return forest_proba(member["forest"], own)
    network = member["network"]
    shape = (len(own), network["steps"], network["width"])
    inputs = np.zeros((len(own), shape[1] * shape[2]))
    inputs[:, input_places(member, sources)] = own.astype("float32")
    return sigmoid(logits(network, inputs.reshape(shape))).astype("float32").astype("float64")


def input_places(member: dict, sources: list) -> list:
    """Where each of a member's columns stands among its network's inputs: of an LSTM, the columns of one source are a step."""
    own = [sources[column] for column in member["columns"]]
    if member["name"] == "ann":
        return list(range(len(own)))
    steps = list(dict.fromkeys(own))
    width = member["network"]["width"]
    return [steps.index(source) * width + own[:at].count(source) for at, source in enumerate(own)]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


#: Lines of hard sigmoids, by the names of an LSTM's recurrent activation.
SLOPES = {"hardSigmoid5": 1 / 5, "hardSigmoid6": 1 / 6}


def logits(network: dict, x: np.ndarray) -> np.ndarray:
    """Of rows × steps × width numbers."""
    for layer, arrays in zip(network["layers"], network["weights"]):
        weights = {name: values.astype("float64") for name, values in arrays.items()}
        kind = layer["type"]
        if kind == "batchNorm":
            x = (x - weights["mean"]) / np.sqrt(weights["variance"] + 0.001) * weights["gamma"] + weights["beta"]
        elif kind == "dense":
            x = x @ weights["kernel"].reshape(x.shape[-1], layer["units"]) + weights["bias"]
            x = np.maximum(x, 0) if layer["activation"] == "relu" else x
        elif kind == "lstm":
            x = lstm(x, layer, weights)
    return x[:, 0, 0]


def lstm(x: np.ndarray, layer: dict, weights: dict) -> np.ndarray:
    """Gates in the order input, forget, candidate, output."""
    units = layer["units"]
    slope = SLOPES.get(layer.get("recurrentActivation"))

    def gate(z: np.ndarray) -> np.ndarray:
        return sigmoid(z) if slope is None else np.clip(z * slope + 0.5, 0, 1)

    rows, steps, width = x.shape
    kernel, recurrent = weights["kernel"].reshape(width, 4 * units), weights["recurrent"].reshape(units, 4 * units)
    h, c = np.zeros((rows, units)), np.zeros((rows, units))
    states = []
    for step in range(steps):
        gates = x[:, step] @ kernel + h @ recurrent + weights["bias"]
        keep, forget, candidate, put_out = np.split(gates, 4, axis=1)
        c = gate(forget) * c + gate(keep) * np.tanh(candidate)
        h = gate(put_out) * np.tanh(c)
        states.append(h)
    return np.stack(states if layer["returnSequences"] else states[-1:], axis=1)


def forest_proba(forest: dict, own: np.ndarray) -> np.ndarray:
    x = own.astype("float32").astype("float64")
    total, end = np.zeros(len(x)), 0
    nodes = forest["nodes"]
    shares = np.minimum(nodes["value"].reshape(-1, 2)[:, 1], 1)
    for count in forest["nodeCounts"].tolist():
        begin, end = end, end + count
        part = slice(begin, end)
        total += shares[part][leaves(nodes["feature"][part], nodes["threshold"][part], nodes["left"][part], nodes["right"][part], x)]
    return total / len(forest["nodeCounts"])


def leaves(feature: np.ndarray, threshold: np.ndarray, left: np.ndarray, right: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The leaf that each row falls into."""
    at = np.zeros(len(x), dtype="int64")
    rows = np.arange(len(x)) if feature[0] >= 0 else np.arange(0)
    while len(rows) > 0:
        node = at[rows]
        goes_left = x[rows, feature[node]] <= threshold[node]
        at[rows] = np.where(goes_left, left[node], right[node])
        rows = rows[feature[at[rows]] >= 0]
    return at


def calibrated(calibration: dict, mean: np.ndarray) -> np.ndarray:
    certain = np.clip(mean, 1e-6, 1 - 1e-6)
    z = np.log(certain / (1 - certain))
    if calibration["method"] == "platt":
        return sigmoid(calibration["slope"] * z + calibration["intercept"])
    scores, made = calibration["scores"], calibration["probabilities"]
    return np.interp(z, scores, made)
`;
