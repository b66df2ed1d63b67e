"""Networks of @mlsec/threat-ensemble as Keras models, with weights and rows that both sides draw from one seed.

`packages/threat-ensemble/test/training/seeded-network.ts` draws the same: uniform numbers, combined with + - * / alone and
rounded to float32 once.
"""

import math
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

from portable_random import Xoshiro128, fork_key

LANES = 4


def dense(units: int, activation: str = "relu") -> dict:
    return {"type": "dense", "units": units, "activation": activation}


def lstm(units: int, sequences: bool = False) -> dict:
    return {"type": "lstm", "units": units, "returnSequences": sequences}


BATCH_NORM = {"type": "batchNorm"}
LOGIT = dense(1, "linear")


def dropout(rate: float) -> dict:
    return {"type": "dropout", "rate": rate}


def normalised(units: int) -> list[dict]:
    return [dense(units), BATCH_NORM]


def reference_ann(rate: float) -> dict:
    """The ANN of the pipeline that mlsec replaces, with its dropout at a given rate."""
    blocks = [layer for units in (128, 64, 32) for layer in [*normalised(units), *normalised(units), dropout(rate)]]
    return {"steps": 1, "width": 10, "layers": [*blocks, LOGIT]}


def reference_lstm(rate: float) -> dict:
    layers = [layer for units in (256, 128, 64) for layer in (lstm(units, units > 64), dropout(rate))]
    return {"steps": 10, "width": 1, "layers": [*layers, LOGIT]}


COMPACT_ANN = {"steps": 1, "width": 20, "layers": [dense(64), dense(32), LOGIT]}
COMPACT_LSTM = {"steps": 10, "width": 4, "layers": [lstm(32), LOGIT]}


def weight_shapes(spec: dict) -> list[dict[str, tuple[int, ...]]]:
    """For each layer, its weights by their mlsec names, in the order in which they are drawn (and Keras lists them)."""
    shapes, width = [], spec["width"]
    for layer in spec["layers"]:
        units = layer.get("units", width)
        match layer["type"]:
            case "dense":
                shapes.append({"kernel": (width, units), "bias": (units,)})
            case "lstm":
                shapes.append({"kernel": (width, 4 * units), "recurrent": (units, 4 * units), "bias": (4 * units,)})
            case "batchNorm":
                shapes.append({name: (width,) for name in ("gamma", "beta", "mean", "variance")})
            case "dropout":
                shapes.append({})
        width = units
    return shapes


def uniform(draw: Xoshiro128, shape: tuple[int, ...], center, limit: float) -> np.ndarray:
    draws = np.array([draw.uint32() for _ in range(math.prod(shape))], dtype=np.float64).reshape(shape)
    return (center + (2 * (draws / 2**32) - 1) * limit).astype(np.float32)


def seeded_weights(spec: dict, seed: int) -> list[dict[str, np.ndarray]]:
    draw = Xoshiro128.of_key(fork_key(seed, 0))
    return [
        {name: uniform(draw, shape, *center_and_limit(name, shape, layer)) for name, shape in shapes.items()}
        for layer, shapes in zip(spec["layers"], weight_shapes(spec))
    ]


def center_and_limit(name: str, shape: tuple[int, ...], layer: dict):
    """The spread of fresh weights, but no bias, scale or statistic is special."""
    match name:
        case "kernel":
            return 0, math.sqrt(6 / (shape[0] + shape[1]))
        case "recurrent":
            return 0, math.sqrt(3 / shape[1])
        case "bias" if layer["type"] == "lstm":
            return np.repeat([0, 1, 0, 0], layer["units"]), 0.1
        case "gamma":
            return 1, 0.1
        case "variance":
            return 1, 0.5
        case _:
            return 0, 0.1


def seeded_rows(spec: dict, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs from -1.75 to 1.75, and a target that no linear model tells: x0 · x1 + x2 > 0."""
    draw = Xoshiro128.of_key(fork_key(seed, 1))
    inputs = uniform(draw, (rows, spec["steps"] * spec["width"]), 0, 1.75)
    wide = inputs.astype(np.float64)
    return inputs, (wide[:, 0] * wide[:, 1] + wide[:, 2] > 0).astype(np.float32)


def is_recurrent(spec: dict) -> bool:
    return any(layer["type"] == "lstm" for layer in spec["layers"])


def keras_model(spec: dict, given_masks: bool = False) -> keras.Model:
    """
    The model, all conventions Keras' defaults, its output the logit. With `given_masks` a dropout multiplies by an input
    of its own.
    """
    inputs = values = keras.Input((spec["steps"], spec["width"]) if is_recurrent(spec) else (spec["width"],))
    masks, layers = [], []
    for layer in spec["layers"]:
        match layer["type"]:
            case "dense":
                layers.append(keras.layers.Dense(layer["units"], activation=layer["activation"]))
            case "lstm":
                layers.append(keras.layers.LSTM(layer["units"], return_sequences=layer["returnSequences"]))
            case "batchNorm":
                layers.append(keras.layers.BatchNormalization())
            case "dropout" if given_masks:
                masks.append(keras.Input(values.shape[1:]))
                layers.append(keras.layers.Multiply())
                values = layers[-1]([values, masks[-1]])
                continue
            case "dropout":
                layers.append(keras.layers.Dropout(layer["rate"]))
        values = layers[-1](values)
    model = keras.Model([inputs, *masks], values)
    model.mlsec_layers = layers
    return model


def weights_of(model: keras.Model, spec: dict) -> list[dict[str, np.ndarray]]:
    pairs = zip(model.mlsec_layers, weight_shapes(spec))
    return [dict(zip(names, layer.get_weights())) for layer, names in pairs]


def schedule_of(rate: float, schedule: dict | None):
    match schedule:
        case None:
            return rate
        case {"type": "exponential", "decaySteps": steps, "decayRate": decay}:
            return keras.optimizers.schedules.ExponentialDecay(rate, steps, decay)
        case {"type": "linear", "decaySteps": steps, "endRate": end}:
            return keras.optimizers.schedules.PolynomialDecay(rate, steps, end)


def optimizer_of(case: dict) -> keras.optimizers.Optimizer:
    rate = schedule_of(case["learningRate"], case.get("schedule"))
    options = dict(case["optimizer"])
    make = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[options.pop("type")]
    renamed = {"beta1": "beta_1", "beta2": "beta_2", "weightDecay": "weight_decay"}
    return make(rate, **{renamed.get(name, name): value for name, value in options.items()})


def trained(case: dict, dtype: str) -> tuple[list[float], list[dict[str, np.ndarray]]]:
    """The losses of the steps, each before its update, and the weights after the last."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    keras.utils.set_random_seed(1)
    spec, size, steps = case["spec"], case["batchSize"], case["steps"]
    given_masks = any(layer["type"] == "dropout" and layer["rate"] > 0 for layer in spec["layers"])
    model = keras_model(spec, given_masks)
    for layer, weights in zip(model.mlsec_layers, seeded_weights(spec, case["seed"])):
        layer.set_weights(list(weights.values()))
    optimizer = optimizer_of(case)
    optimizer.build(model.trainable_variables)
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    inputs, targets = seeded_rows(spec, size * steps, case["seed"])
    shape = (size, *model.inputs[0].shape[1:])
    draws = mask_draws(spec, case["seed"]) if given_masks else []

    @tf.function
    def step(x, y, row_weights):
        with tf.GradientTape() as tape:
            loss = cross_entropy(y, model(x, training=True), sample_weight=row_weights)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    losses = []
    for first in range(0, size * steps, size):
        batch = slice(first, first + size)
        masks = [next_mask(draw, size) for draw in draws]
        x = [tf.constant(part, dtype) for part in (inputs[batch].reshape(shape), *masks)]
        y = targets[batch, None]
        row_weights = np.where(y[:, 0] == 1, *reversed(case.get("classWeights", [1, 1])))
        losses.append(float(step(x, tf.constant(y, dtype), tf.constant(row_weights, dtype))))
    return losses, weights_of(model, spec)


def mask_draws(spec: dict, seed: int) -> list[dict]:
    """For every dropout the four generators that its mask comes from, one number each by turns. Not for LSTMs (shards)."""
    draws, width = [], spec["width"]
    for index, layer in enumerate(spec["layers"]):
        width = layer.get("units", width)
        if layer["type"] == "dropout":
            words = Xoshiro128.of_key(fork_key(fork_key(seed, 2), index))
            state = np.array([words.uint32() for _ in range(16)]).reshape(4, LANES).tolist()
            lanes = [Xoshiro128([word[lane] for word in state]) for lane in range(LANES)]
            draws.append({"lanes": lanes, "width": width, "rate": layer["rate"]})
    return draws


def next_mask(draw: dict, rows: int) -> np.ndarray:
    count = rows * draw["width"]
    numbers = [draw["lanes"][i % LANES].uint32() for i in range(count)]
    dropped = np.array(numbers).reshape(rows, draw["width"]) < round(draw["rate"] * 2**32)
    return np.where(dropped, 0, 1 / (1 - draw["rate"])).astype(np.float32)
