"""
ensemble_peer.py JOB TRAIN [INPUT OUTPUT]: label encoding, scaling, and the mean of a dense and a recurrent network in Keras,
stored by joblib with the networks as HDF5. What they would have learnt does not matter to the clock: they are not trained.
"""

import os
import tempfile
from pathlib import Path

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import keras
import tensorflow as tf
from serving import serve
from sklearn.preprocessing import LabelEncoder, StandardScaler

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

FEATURES = """flag src_bytes dst_bytes count diff_srv_rate dst_host_srv_count dst_host_same_srv_rate
dst_host_diff_srv_rate dst_host_same_src_port_rate dst_host_srv_diff_host_rate""".split()


def dense():
    layers = [keras.Input((10,))]
    for units in (128, 64, 32):
        for _ in range(2):
            layers += [keras.layers.Dense(units, activation="relu"), keras.layers.BatchNormalization()]
        layers.append(keras.layers.Dropout(0.2))
    return keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])


def recurrent():
    layers = [keras.Input((10, 1))]
    for units in (256, 128, 64):
        layers += [keras.layers.LSTM(units, return_sequences=units > 64), keras.layers.Dropout(0.2)]
    return keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])


def stored(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.h5"
        model.save(path)
        return path.read_bytes()


def opened(weights):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.h5"
        path.write_bytes(weights)
        return keras.models.load_model(path, compile=False)


def encoded(frame, encoder):
    rows = frame[FEATURES].copy()
    rows["flag"] = encoder.transform(rows["flag"])
    return rows.to_numpy(dtype=float)


def make_bundle(table):
    encoder = LabelEncoder().fit(table["flag"])
    scaler = StandardScaler().fit(encoded(table, encoder))
    return {"encoder": encoder, "scaler": scaler, "ann": stored(dense()), "lstm": stored(recurrent())}


def load(bundle):
    return bundle | {"ann": opened(bundle["ann"]), "lstm": opened(bundle["lstm"])}


def judge(bundle, frame):
    rows = bundle["scaler"].transform(encoded(frame, bundle["encoder"])).astype("float32")
    if len(rows) == 1:
        # For one row the call is several times as fast as `predict`.
        scores = (bundle["ann"](rows).numpy() + bundle["lstm"](rows[:, :, None]).numpy())[:, 0] / 2
    else:
        predict = lambda model, inputs: model.predict(inputs, batch_size=1024, verbose=0)
        scores = (predict(bundle["ann"], rows) + predict(bundle["lstm"], rows[:, :, None]))[:, 0] / 2
    return ["Attack" if score > 0.5 else "Normal" for score in scores], scores


serve(make_bundle, load, judge, loads=9, rows=300)
