"""The same as score.py, one image at a time: simpler, and an unreadable image does not fail its mini-batch."""

import logging
import os
from pathlib import Path

import onnxruntime
from preprocessing import read_digit


def init():
    """Once per worker: load the model."""
    global session
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    model = Path(os.environ["AZUREML_MODEL_DIR"], "model", "digits.onnx")
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def run(mini_batch):
    """Once per mini-batch: one row for each file that is an image; the others count as failed items."""
    rows = []
    for path in mini_batch:
        try:
            pixels = read_digit(path)
        except OSError:
            logging.exception("%s is no image", path)
            continue
        (probabilities,) = session.run(["probabilities"], {"pixels": pixels[None]})
        digit = probabilities[0].argmax()
        rows.append(f"{Path(path).name},{digit},{probabilities[0][digit]:.4f}")
    return rows
