"""Talks to a running workbench with NVIDIA's own client of the Open Inference Protocol, every way it can be asked.

    pip install 'tritonclient[http]'
    python bench/protocol/triton.py 127.0.0.1:8000

Prints a line for each way; ends with an error at the first that is wrong.
"""

import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

client = http.InferenceServerClient(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000")
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("lenet5")
metadata = client.get_model_metadata("lenet5")
version = metadata["versions"][0]
assert client.is_model_ready("lenet5", version) and not client.is_model_ready("lenet5", "0")
assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
print("server, model and version", metadata)

# A one: an upright bar; and a blank image.
images = np.zeros((2, 28, 28), np.uint8)
images[0, 4:24, 13:15] = 255


def infer(values, datatype, binary_in, binary_out, **options):
    tensor = http.InferInput("images", values.shape, datatype)
    tensor.set_data_from_numpy(values, binary_data=binary_in)
    outputs = [http.InferRequestedOutput(name, binary_data=binary_out) for name in ("probabilities", "digit")]
    answer = client.infer("lenet5", [tensor], outputs=outputs, request_id="a1", **options)
    response = answer.get_response()
    assert response["model_name"] == "lenet5" and response["model_version"] == version and response["id"] == "a1"
    return answer.as_numpy("probabilities"), answer.as_numpy("digit")


expected = None
for datatype, values in [
    ("UINT8", images),
    ("UINT8", images.reshape(2, 784)),
    ("UINT8", images.reshape(2, 28, 28, 1)),
    ("FP32", images.astype(np.float32) / 255),
    ("FP32", images.astype(np.float32)),
]:
    for binary_in in (True, False):
        for binary_out in (True, False):
            for compression in (None, "gzip", "deflate"):
                probabilities, digit = infer(
                    values, datatype, binary_in, binary_out,
                    request_compression_algorithm=compression, response_compression_algorithm=compression,
                )
                assert probabilities.shape == (2, 10) and probabilities.dtype == np.float32
                assert digit.shape == (2,) and digit.dtype == np.int64 and digit[0] == 1
                assert np.allclose(probabilities.sum(1), 1, atol=1e-5)
                expected = probabilities if expected is None else expected
                assert np.allclose(probabilities, expected, atol=1e-6)
    print(datatype, values.shape, "JSON and binary, plain, gzip and deflate: the same answer")

for values, datatype, model in [(np.zeros((2, 27, 28), np.uint8), "UINT8", "lenet5"), (images, "UINT8", "resnet")]:
    tensor = http.InferInput("images", values.shape, datatype)
    tensor.set_data_from_numpy(values)
    try:
        client.infer(model, [tensor])
        raise SystemExit("an error was expected")
    except InferenceServerException as error:
        print("refused:", error)
