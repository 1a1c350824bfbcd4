"""JAX by an expert: the batch in the last dimension, convolutions as products of im2col patches, many steps in one scan,
data parallel over one host device a thread."""
import os
import sys

DEVICES = int(sys.argv[1])
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={DEVICES}"
if DEVICES == 1:
    os.sched_setaffinity(0, {0})  # XLA keeps threads of its own otherwise
import jax
import jax.numpy as jnp
from common import BATCH, images, initial_weights, labels, reference_batches, serve, shuffled
from jax import lax

NAMES = ["conv1", "conv2", "conv3", "dense1", "dense2"]
BETA1, BETA2, EPSILON, RATE = 0.9, 0.999, 1e-7, 0.001


def convolve(x, w, b):
    """x [C, H, W, N], w [5, 5, C, K] → [K, H − 4, W − 4, N]"""
    channels, height, width, count = x.shape
    out_h, out_w = height - 4, width - 4
    pixels = out_h * out_w * count
    patches = [x[:, i : i + out_h, j : j + out_w].reshape(channels, pixels) for i in range(5) for j in range(5)]
    product = w.reshape(25 * channels, -1).T @ jnp.concatenate(patches)
    return product.reshape(-1, out_h, out_w, count) + b[:, None, None, None]


def pool(x):
    c, h, w, n = x.shape
    return x.reshape(c, h // 2, 2, w // 2, 2, n).mean((2, 4))


def loss_of(params, x, y):
    """x [28, 28, N], y [N]"""
    (w1, b1), (w2, b2), (w3, b3), (w4, b4), (w5, b5) = params
    h = jnp.pad(x, ((2, 2), (2, 2), (0, 0)))[None]
    h = pool(jax.nn.relu(convolve(h, w1, b1)))
    h = pool(jax.nn.relu(convolve(h, w2, b2)))
    h = jax.nn.relu(w3.transpose(2, 0, 1, 3).reshape(400, 120).T @ h.reshape(400, -1) + b3[:, None])
    h = jax.nn.relu(w4.T @ h + b4[:, None])
    logits = w5.T @ h + b5[:, None]
    return -jnp.take_along_axis(jax.nn.log_softmax(logits, 0), y[None], 0).mean()


def step(state, batch):
    params, m, v, t = state
    loss, g = jax.value_and_grad(loss_of)(params, *batch)
    g, loss = lax.pmean((g, loss), "device")
    t = t + 1
    tree = jax.tree_util.tree_map
    m = tree(lambda m, g: m + (g - m) * (1 - BETA1), m, g)
    v = tree(lambda v, g: v + (g * g - v) * (1 - BETA2), v, g)
    rate = RATE * jnp.sqrt(1 - BETA2**t) / (1 - BETA1**t)
    params = tree(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), params, m, v)
    return (params, m, v, t), loss


train = jax.pmap(lambda state, x, y: lax.scan(step, state, (x, y)), "device")


def initial_state():
    weights = initial_weights()
    params = [(jnp.array(weights[f"{name}.kernel"]), jnp.array(weights[f"{name}.bias"])) for name in NAMES]
    zeros = jax.tree_util.tree_map(jnp.zeros_like, params)
    state = (params, zeros, zeros, jnp.float32(0))
    return jax.tree_util.tree_map(lambda a: jnp.broadcast_to(a, (DEVICES, *a.shape)), state)


def cut(x, y, size):
    """[devices, steps, 28, 28, size / devices] and labels, the batch last."""
    steps = len(x) // size
    x = x[: steps * size].reshape(steps, DEVICES, size // DEVICES, 28, 28).transpose(1, 0, 3, 4, 2)
    y = y[: steps * size].reshape(steps, DEVICES, size // DEVICES).transpose(1, 0, 2)
    return jnp.array(x), jnp.array(y)


def check():
    order = reference_batches().reshape(-1)
    _, losses = train(initial_state(), *cut(images("train")[order], labels("train")[order], 32))
    return losses[0]


state = initial_state()
x_all, y_all = shuffled()
segments = {}


def run(count):
    global state
    if count not in segments:
        segments[count] = cut(x_all[: count * BATCH], y_all[: count * BATCH], BATCH)
    state, losses = train(state, *segments[count])
    jax.block_until_ready(losses)


serve(f"JAX {jax.__version__}, batch-last im2col, one scan, {DEVICES} host device(s)", check, run)
