"""Keras on TensorFlow, as its users write it: compile and fit."""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf
from common import BATCH, THREADS, images, initial_weights, labels, reference_batches, serve, shuffled
from keras_lenet5 import lenet5

tf.config.threading.set_intra_op_parallelism_threads(THREADS)


def build():
    model = lenet5()
    model.set_weights(list(initial_weights().values()))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def one_hot(y):
    return np.eye(10, dtype=np.float32)[y]


def check():
    model = build()
    x, y = images("train")[..., None], one_hot(labels("train"))
    return [model.train_on_batch(x[b], y[b], return_dict=True)["loss"] for b in reference_batches()[:1]]


model = build()
x, y = shuffled()
x, y = x[..., None], one_hot(y)


def run(count):
    model.fit(x[: count * BATCH], y[: count * BATCH], batch_size=BATCH, epochs=1, verbose=0)


serve(f"Keras {keras.__version__} on TensorFlow {tf.__version__}, fit", check, run)
