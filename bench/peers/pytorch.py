"""PyTorch as it is fastest on a CPU: channels_last, fused Adam, no data loader in the way."""
import numpy as np
import torch
from common import BATCH, THREADS, images, initial_weights, labels, reference_batches, serve, shuffled
from torch import nn

torch.set_num_threads(THREADS)


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.conv3 = nn.Conv2d(16, 120, 5)
        self.dense1 = nn.Linear(120, 84)
        self.dense2 = nn.Linear(84, 10)

    def forward(self, x):
        x = nn.functional.avg_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.avg_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.conv3(x)).flatten(1)
        return self.dense2(torch.relu(self.dense1(x)))


def build():
    model = LeNet5()
    for name, tensor in initial_weights().items():
        layer, kind = name.split(".")
        value = torch.from_numpy(tensor.copy())
        if kind == "kernel":
            value = value.permute(3, 2, 0, 1) if value.dim() == 4 else value.T
        with torch.no_grad():
            getattr(getattr(model, layer), "weight" if kind == "kernel" else "bias").copy_(value)
    model = model.to(memory_format=torch.channels_last)
    return model, torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7, fused=True)


def step(model, optimizer, x, y):
    optimizer.zero_grad(set_to_none=True)
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


def tensors(x, y):
    x = torch.from_numpy(x)[:, None].contiguous(memory_format=torch.channels_last)
    return x, torch.from_numpy(y.astype(np.int64))


def check():
    model, optimizer = build()
    x, y = tensors(images("train"), labels("train"))
    return [step(model, optimizer, x[b], y[b]).item() for b in torch.from_numpy(reference_batches())]


model, optimizer = build()
x, y = tensors(*shuffled())
at = 0


def run(count):
    global at
    for _ in range(count):
        if at + BATCH > len(x):
            at = 0
        step(model, optimizer, x[at : at + BATCH], y[at : at + BATCH])
        at += BATCH


serve(f"PyTorch {torch.__version__}, channels_last, fused Adam", check, run)
