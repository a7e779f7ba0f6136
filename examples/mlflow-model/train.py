"""Trains a logistic regression on data/train.csv and saves it with MLflow: model/, with signature and requirements."""

import os
import shutil
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import mlflow  # noqa: E402
import mlflow.sklearn  # noqa: E402
import pandas as pd  # noqa: E402
import sklearn  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

HERE = Path(__file__).parent


def main():
    train = pd.read_csv(HERE / "data" / "train.csv")
    features = train.drop(columns="species")
    model = LogisticRegression(max_iter=1000).fit(features, train["species"])
    shutil.rmtree(HERE / "model", ignore_errors=True)
    mlflow.sklearn.save_model(
        model,
        str(HERE / "model"),
        signature=infer_signature(features, model.predict(features)),
        # The default of some releases needs a package that others do not have.
        serialization_format="cloudpickle",
        pip_requirements=[f"mlflow-skinny=={mlflow.__version__}", f"scikit-learn=={sklearn.__version__}"],
    )
    print(f"trained on {len(train)} flowers; wrote {HERE / 'model'}")


if __name__ == "__main__":
    main()
