"""Writes scikit-learn's breast cancer data: data/train.csv, data/tables/*.csv (to be scored) and data/labels.csv."""

from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

DATA = Path(__file__).parent / "data"
ROWS_PER_FILE = 15


def main():
    frame = load_breast_cancer(as_frame=True).frame
    train, unseen = train_test_split(frame, test_size=285, stratify=frame["target"], random_state=0)
    (DATA / "tables").mkdir(parents=True, exist_ok=True)
    train.to_csv(DATA / "train.csv", index=False)
    labels = []
    for start in range(0, len(unseen), ROWS_PER_FILE):
        part = unseen.iloc[start : start + ROWS_PER_FILE]
        name = f"patients-{start // ROWS_PER_FILE:02}.csv"
        part.drop(columns="target").to_csv(DATA / "tables" / name, index=False)
        labels += [f"{name},{row},{'benign' if y else 'malignant'}" for row, y in enumerate(part["target"])]
    (DATA / "labels.csv").write_text("\n".join(["file,row,label", *labels]) + "\n")
    print(f"wrote {len(train)} rows to learn from and {len(unseen)} to score, below {DATA}")


if __name__ == "__main__":
    main()
