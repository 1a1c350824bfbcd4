"""ONNX Runtime reading test images with the reference's initial weights; `run <n>` is the time of one of n images."""
import json

import numpy as np
import onnxruntime as ort
from common import THREADS, images, initial_weights, labels, reference_batches, serve
from onnx import TensorProto, helper, numpy_helper


def model():
    """LeNet-5 as ONNX has it: NCHW, and dense layers after a flatten."""
    weights = initial_weights()
    constants = {}
    for name, tensor in weights.items():
        constants[name] = tensor.transpose(3, 2, 0, 1).copy() if tensor.ndim == 4 else tensor
    nodes = []

    def add(kind, *inputs, **attributes):
        output = f"y{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    h = "x"
    for i, layer in enumerate(["conv1", "conv2", "conv3"]):
        pads = [2, 2, 2, 2] if i == 0 else [0, 0, 0, 0]
        h = add("Relu", add("Conv", h, f"{layer}.kernel", f"{layer}.bias", pads=pads))
        if i < 2:
            h = add("AveragePool", h, kernel_shape=[2, 2], strides=[2, 2])
    h = add("Relu", add("Gemm", add("Flatten", h), "dense1.kernel", "dense1.bias"))
    h = add("Softmax", add("Gemm", h, "dense2.kernel", "dense2.bias"))
    graph = helper.make_graph(
        nodes,
        "lenet5",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 28, 28])],
        [helper.make_tensor_value_info(h, TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    built.ir_version = 8
    return built.SerializeToString()


options = ort.SessionOptions()
options.intra_op_num_threads = THREADS
session = ort.InferenceSession(model(), options, providers=["CPUExecutionProvider"])
x = images("t10k")[:, None]


def check():
    """Of the reference there is only the first loss to compare: the session does not train."""
    first = reference_batches()[0]
    p = session.run(None, {"x": images("train")[first][:, None]})[0]
    return [-np.log(p[np.arange(32), labels("train")[first]]).mean()]


def run(count):
    """10,000 at once when there are so many, else one by one."""
    if count >= 10000:
        for _ in range(count // 10000):
            session.run(None, {"x": x})
    else:
        for i in range(count):
            session.run(None, {"x": x[i : i + 1]})


serve(f"ONNX Runtime {ort.__version__}", check, run)
