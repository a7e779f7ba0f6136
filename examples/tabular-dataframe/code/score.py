"""Judges tumours described in CSV files, one a row; run() returns a DataFrame."""

import os
from pathlib import Path

import joblib
import pandas as pd


def init():
    """Once per worker: load the model."""
    global model
    model = joblib.load(Path(os.environ["AZUREML_MODEL_DIR"], "model", "tumours.joblib"))


def run(mini_batch):
    """Once per mini-batch: one row for each row of its files."""
    return pd.concat([score_file(Path(path)) for path in mini_batch], ignore_index=True)


def score_file(path):
    measurements = pd.read_csv(path)
    probability = model.predict_proba(measurements)[:, 1]
    return pd.DataFrame(
        {
            "file": path.name,
            "row": range(len(measurements)),
            "prediction": ["benign" if p >= 0.5 else "malignant" for p in probability],
            "probability_benign": probability.round(4),
        }
    )
