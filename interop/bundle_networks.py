"""The networks of a bundle (docs/bundle-format.md, sections 9 and 10), in float32 with the order of operations given there."""

import numpy as np

from bundle_states import boolean, fields, float32, integer, items, number, one_of, require

MOST, MOST_LAYERS, MOST_INPUTS = 4096, 64, 262_144
f32 = np.float32
LOG2E, H, L, B = f32(1.4426950216293335), f32(0.693145751953125), f32(1.428606765330187e-6), f32(12582912)
SERIES = [f32(c) for c in (0.0013926203828305006, 0.008363194763660431, 0.041666556149721146, 0.16666576266288757, 0.5)]


def expm1(x: np.ndarray) -> np.ndarray:
    y = np.minimum(np.maximum(x, f32(-87)), f32(87))
    k = (y * LOG2E + B) - B
    r = (y - k * H) - k * L
    q = np.full_like(r, SERIES[0])
    for c in SERIES[1:]:
        q = q * r + c
    scale = np.ldexp(f32(1), k.astype("int32"))
    return scale * (r + (r * r) * q) + (scale - f32(1))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return f32(1) / (f32(2) + expm1(-x))


SLOPES = {"sigmoid": None, "hardSigmoid5": 1 / 5, "hardSigmoid6": 1 / 6}


def hard_sigmoid(x: np.ndarray, slope) -> np.ndarray:
    return np.clip(x * slope + type(slope)(0.5), 0, 1)


def tanh(x: np.ndarray) -> np.ndarray:
    e = expm1(x + x)
    return e / (e + f32(2))


def product(start: np.ndarray, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """start + x · kernel, a product after the other."""
    for i, value in enumerate(x):
        start = start + value * kernel[i]
    return start


class Network:
    def __init__(self, state: dict):
        self.steps, self.width = integer(state.get("steps"), 1, MOST), integer(state.get("width"), 1, MOST)
        require(self.steps * self.width <= MOST_INPUTS, "inputs")
        layers = [fields(layer) for layer in items(state.get("layers"))]
        weights = [fields(layer) for layer in items(state.get("weights"))]
        require(1 <= len(layers) <= MOST_LAYERS and len(weights) == len(layers), "layers")
        #: As they are in the file, for those who compute otherwise.
        self.layers = []
        steps, width = self.steps, self.width
        for layer, arrays in zip(layers, weights):
            kind = one_of(layer.get("type"), ("dense", "batchNorm", "dropout", "lstm"))
            units, lengths = width, {}
            if kind in ("dense", "lstm"):
                units = integer(layer.get("units"), 1, MOST)
                wide = units if kind == "dense" else 4 * units
                lengths = {"kernel": width * wide, "bias": wide}
            if kind == "dense":
                require(steps == 1, "a dense layer of a sequence")
                layer = {"type": kind, "relu": one_of(layer.get("activation"), ("relu", "linear")) == "relu", "units": units}
            elif kind == "lstm":
                lengths["recurrent"] = units * 4 * units
                slope = SLOPES[one_of(layer.get("recurrentActivation", "sigmoid"), tuple(SLOPES))]
                layer = {"type": kind, "sequences": boolean(layer.get("returnSequences")), "slope": slope}
                steps = steps if layer["sequences"] else 1
            elif kind == "batchNorm":
                lengths = {name: width for name in ("gamma", "beta", "mean", "variance")}
            else:
                require(number(layer.get("rate"), 0, 1) < 1, "dropout")
            own = {name: float32(arrays.get(name), length) for name, length in lengths.items()}
            require(kind != "batchNorm" or bool((own["variance"] >= 0).all()), "variance")
            for name in {"kernel", "recurrent"} & own.keys():
                own[name] = own[name].reshape(-1, lengths["bias"])
            self.layers.append((layer, own))
            width = units
        last = self.layers[-1][0]
        require(last["type"] == "dense" and last["units"] == 1 and not last["relu"], "the last layer")
        self.folded = list(folded(self.layers))

    def logit(self, x: np.ndarray) -> np.float32:
        """Of an input of steps × width float32 numbers."""
        for layer, weights in self.folded:
            if layer["type"] == "lstm":
                x = lstm(x, layer, weights)
                continue
            x = product(weights["bias"], x[0], weights["kernel"])[None]
            if layer["relu"]:
                x = np.where(x < 0, f32(0), x)
        return x[0, 0]

    def plain_logit(self, x: np.ndarray) -> float:
        """The same as one would write it without this page's arithmetic: float64, the platform's functions, nothing folded."""
        x = x.astype("float64")
        for layer, weights in self.layers:
            weights = {name: values.astype("float64") for name, values in weights.items()}
            if layer["type"] == "batchNorm":
                x = (x - weights["mean"]) / np.sqrt(weights["variance"] + 0.001) * weights["gamma"] + weights["beta"]
            elif layer["type"] == "dense":
                x = x @ weights["kernel"] + weights["bias"]
                x = np.maximum(x, 0) if layer["relu"] else x
            elif layer["type"] == "lstm":
                x = plain_lstm(x, layer, weights)
        return float(x[0, 0])


def folded(layers):
    """The layers that compute, with batch normalisation in their weights."""
    scale = None
    for layer, own in layers:
        if layer["type"] == "batchNorm":
            gamma, beta, mean, variance = (own[name].astype("float64") for name in ("gamma", "beta", "mean", "variance"))
            factor = gamma / np.sqrt(variance + 0.001)
            shift = beta + ((0 if scale is None else shift) - mean) * factor
            scale = factor if scale is None else factor * scale
        elif layer["type"] != "dropout":
            if scale is not None:
                kernel, bias = own["kernel"].astype("float64"), own["bias"].astype("float64")
                bias = product(bias, shift, kernel)
                own = {**own, "kernel": (kernel * scale[:, None]).astype("float32"), "bias": bias.astype("float32")}
            yield layer, own
            scale = None


def lstm(x: np.ndarray, layer: dict, weights: dict) -> np.ndarray:
    def gate(z):
        return sigmoid(z) if layer["slope"] is None else hard_sigmoid(z, f32(layer["slope"]))

    states, h, c = [], None, None
    for step in x:
        z = product(weights["bias"], step, weights["kernel"])
        if h is not None:
            z = product(z, h, weights["recurrent"])
        z_input, z_forget, z_candidate, z_output = np.split(z, 4)
        new = gate(z_input) * tanh(z_candidate)
        c = new if c is None else gate(z_forget) * c + new
        h = gate(z_output) * tanh(c)
        states.append(h)
    return np.array(states if layer["sequences"] else states[-1:], dtype="float32")


def plain_lstm(x: np.ndarray, layer: dict, weights: dict) -> np.ndarray:
    def gate(z):
        return 1 / (1 + np.exp(-z)) if layer["slope"] is None else hard_sigmoid(z, layer["slope"])

    units = len(weights["recurrent"])
    states, h, c = [], np.zeros(units), np.zeros(units)
    for step in x:
        z_input, z_forget, z_candidate, z_output = np.split(step @ weights["kernel"] + h @ weights["recurrent"] + weights["bias"], 4)
        c = gate(z_forget) * c + gate(z_input) * np.tanh(z_candidate)
        h = gate(z_output) * np.tanh(c)
        states.append(h)
    return np.array(states if layer["sequences"] else states[-1:])
