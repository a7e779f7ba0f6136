"""Says for each text file whether it sounds pleased or not.

A batch scoring script as Azure Machine Learning runs it: init() once in each worker, run() once for each mini-batch.
Only the standard library is needed; put your own model in place of the list of words.
"""

import os
import re
from pathlib import Path


def init():
    """Load the model. AZUREML_MODEL_DIR holds it under its own name, here the folder `model`."""
    global weights
    lines = Path(os.environ["AZUREML_MODEL_DIR"], "model", "words.txt").read_text(encoding="utf-8").splitlines()
    weights = {word: float(weight) for word, weight in (line.split() for line in lines)}


def run(mini_batch):
    """Score a list of file paths; return one element for each file."""
    return [score_file(Path(path)) for path in mini_batch]


def score_file(path):
    words = re.findall(r"[a-z']+", path.read_text(encoding="utf-8").lower())
    score = sum(weights.get(word, 0.0) for word in words)
    return f"{path.name},{'pleased' if score > 0 else 'not pleased'},{score:.1f}"
