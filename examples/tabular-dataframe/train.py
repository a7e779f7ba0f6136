"""Trains a logistic regression on data/train.csv and writes it to model/tumours.joblib."""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent


def main():
    train = pd.read_csv(HERE / "data" / "train.csv")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(train.drop(columns="target"), train["target"])
    (HERE / "model").mkdir(exist_ok=True)
    joblib.dump(model, HERE / "model" / "tumours.joblib")
    print(f"trained on {len(train)} rows; wrote {HERE / 'model' / 'tumours.joblib'}")


if __name__ == "__main__":
    main()
