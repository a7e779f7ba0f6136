"""Trains a small neural network on data/train and writes it to model/digits.onnx."""

import csv
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPClassifier

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "code"))
from preprocessing import read_digit  # noqa: E402


def main():
    with open(HERE / "data" / "labels.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == "train"]
    pixels = np.stack([read_digit(HERE / "data" / "train" / row["file"]) for row in rows])
    labels = np.array([int(row["label"]) for row in rows])
    network = MLPClassifier(hidden_layer_sizes=(64,), max_iter=200, tol=1e-3, random_state=0).fit(pixels, labels)
    (HERE / "model").mkdir(exist_ok=True)
    onnx.save(build_graph(network), HERE / "model" / "digits.onnx")
    print(f"trained on {len(labels)} images; wrote {HERE / 'model' / 'digits.onnx'}")


def build_graph(network):
    """The network as an ONNX graph: pixels [N, 64] -> hidden layer -> probabilities [N, 10]."""
    nodes, weights, last = [], [], "pixels"
    for layer, (matrix, bias) in enumerate(zip(network.coefs_, network.intercepts_)):
        is_output = layer == len(network.coefs_) - 1
        weights.append(numpy_helper.from_array(matrix.astype(np.float32), f"matrix{layer}"))
        weights.append(numpy_helper.from_array(bias.astype(np.float32), f"bias{layer}"))
        nodes.append(helper.make_node("Gemm", [last, f"matrix{layer}", f"bias{layer}"], [f"sum{layer}"]))
        last = "probabilities" if is_output else f"active{layer}"
        activation = helper.make_node("Softmax" if is_output else "Relu", [f"sum{layer}"], [last])
        nodes.append(activation)
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 64])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10])],
        weights,
    )
    # Versions that every onnxruntime since 1.15 reads.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    main()
