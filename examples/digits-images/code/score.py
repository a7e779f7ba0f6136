"""Reads the digit on each image with an ONNX model: a batch scoring script as Azure Machine Learning runs it."""

import os
from pathlib import Path

import numpy as np
import onnxruntime
from preprocessing import read_digit


def init():
    """Once per worker: load the model."""
    global session
    options = onnxruntime.SessionOptions()
    # Several workers share the machine; each keeps to its share of the cores.
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    model = Path(os.environ["AZUREML_MODEL_DIR"], "model", "digits.onnx")
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def run(mini_batch):
    """Once per mini-batch: one row for each file."""
    pixels = np.stack([read_digit(path) for path in mini_batch])
    (probabilities,) = session.run(["probabilities"], {"pixels": pixels})
    digits = probabilities.argmax(axis=1)
    return [
        f"{Path(path).name},{digit},{row[digit]:.4f}" for path, digit, row in zip(mini_batch, digits, probabilities)
    ]
