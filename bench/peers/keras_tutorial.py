"""The tutorial's training in Keras on TensorFlow, as its user starts it: raw bytes, the test set as validation.

`python keras_tutorial.py <threads> <batch> <optimizer> <seed>` prints the result as JSON: val_accuracy of each epoch, in
percent, and that of the weights it keeps.
"""
import json
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf
from common import BATCH, THREADS, images, labels
from keras_lenet5 import lenet5

OPTIMIZER, SEED = sys.argv[3], int(sys.argv[4])
tf.config.threading.set_intra_op_parallelism_threads(THREADS)
keras.utils.set_random_seed(SEED)

model = lenet5()
model.compile(OPTIMIZER, "categorical_crossentropy", metrics=["accuracy"])


def data(part):
    return np.rint(images(part)[..., None] * 255), np.eye(10, dtype=np.float32)[labels(part)]


stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
history = model.fit(
    *data("train"), batch_size=BATCH, epochs=100, verbose=0, validation_data=data("t10k"), callbacks=[stop]
).history
_, accuracy = model.evaluate(*data("t10k"), verbose=0)
print(json.dumps({"epochs": [100 * value for value in history["val_accuracy"]], "kept": 100 * accuracy}))
