"""The network in Keras, layer by layer as the tutorial has it, with new weights."""
import keras
from keras import layers


def lenet5(activation="relu"):
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation=activation),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation=activation),
            layers.AveragePooling2D(2),
            layers.Conv2D(120, 5, activation=activation),
            layers.Flatten(),
            layers.Dense(84, activation=activation),
            layers.Dense(10, activation="softmax"),
        ]
    )
