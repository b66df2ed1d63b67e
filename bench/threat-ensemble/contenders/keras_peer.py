"""Keras on TensorFlow, on the CPU."""

import os

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import keras
import tensorflow as tf

from job import Job

ORDER = ["kernel", "recurrent", "gamma", "beta", "bias", "mean", "variance"]


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


job = Job()
tf.config.threading.set_intra_op_parallelism_threads(job.threads)
tf.config.threading.set_inter_op_parallelism_threads(job.threads)
flat = job.spec["steps"] == 1
shape = (job.spec["width"],) if flat else (job.spec["steps"], job.spec["width"])
model = keras.Sequential([keras.Input(shape), *map(layer_of, job.spec["layers"])])
for layer, weights in zip(model.layers, job.weights, strict=True):
    values = [weights[name] for name in ORDER if name in weights]
    layer.set_weights([value.reshape(w.shape) for value, w in zip(values, layer.get_weights(), strict=True)])
model.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))


def shaped(inputs):
    return inputs[:, 0] if flat else inputs


def train(inputs, targets) -> None:
    model.fit(shaped(inputs), targets, batch_size=job.batch_size, epochs=1, shuffle=True, verbose=0)


def score(inputs):
    if len(inputs) == 1:
        return model.predict_on_batch(shaped(inputs))
    return model.predict(shaped(inputs), batch_size=1024, verbose=0)


job.run(train, score)
