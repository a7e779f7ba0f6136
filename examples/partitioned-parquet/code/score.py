"""Names the grape of each wine and writes parquet files itself, one folder for each grape."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def init():
    """Once per worker: load the model, find the output folder."""
    global model, output
    model = dict(np.load(Path(os.environ["AZUREML_MODEL_DIR"], "model", "wines.npz")))
    output = Path(os.environ["AZUREML_BI_OUTPUT_PATH"])


def run(mini_batch):
    """Once per mini-batch: writes files, and returns one element for each input file, which only counts."""
    return [score_file(Path(path)) for path in mini_batch]


def score_file(path):
    wines = pq.read_table(path)
    features = np.column_stack([wines[str(name)] for name in model["features"]])
    scores = (features - model["mean"]) / model["scale"] @ model["weights"].T + model["bias"]
    grapes = model["grapes"][scores.argmax(axis=1)]
    for grape in np.unique(grapes):
        folder = output / f"grape={grape}"
        folder.mkdir(parents=True, exist_ok=True)
        # Named after the input file, so that no two mini-batches write the same file.
        pq.write_table(wines.filter(pa.array(grapes == grape)), folder / f"{path.stem}.parquet")
    return path.name
