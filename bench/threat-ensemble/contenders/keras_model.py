"""A measured network in Keras on TensorFlow, on the CPU."""

import os

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import keras
import tensorflow as tf

from job import Job

ORDER = ["kernel", "recurrent", "gamma", "beta", "bias", "mean", "variance"]


def use_threads(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def layer_of(layer: dict) -> keras.Layer:
    match layer["type"]:
        case "dense":
            return keras.layers.Dense(layer["units"], activation=layer["activation"])
        case "batchNorm":
            return keras.layers.BatchNormalization()
        case "dropout":
            return keras.layers.Dropout(layer["rate"])
        case "lstm":
            return keras.layers.LSTM(layer["units"], return_sequences=layer["returnSequences"])


def shaped(job: Job, inputs):
    return inputs[:, 0] if job.spec["steps"] == 1 else inputs


def model_of(job: Job) -> keras.Sequential:
    """The network with the job's weights, compiled for training."""
    steps, width = job.spec["steps"], job.spec["width"]
    shape = (width,) if steps == 1 else (steps, width)
    model = keras.Sequential([keras.Input(shape), *map(layer_of, job.spec["layers"])])
    for layer, weights in zip(model.layers, job.weights, strict=True):
        values = [weights[name] for name in ORDER if name in weights]
        layer.set_weights([value.reshape(w.shape) for value, w in zip(values, layer.get_weights(), strict=True)])
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
    return model


def train(model: keras.Sequential, job: Job, inputs, targets, epochs: int = 1) -> None:
    model.fit(shaped(job, inputs), targets, batch_size=job.batch_size, epochs=epochs, shuffle=True, verbose=0)
