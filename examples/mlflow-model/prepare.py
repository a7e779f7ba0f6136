"""Writes scikit-learn's iris data: data/train.csv, and to be scored data/tables/*.csv and data/tables/late/*.jsonl."""

from pathlib import Path

from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

DATA = Path(__file__).parent / "data"
ROWS_PER_FILE = 10


def main():
    iris = load_iris(as_frame=True)
    frame = iris.frame.rename(columns=lambda name: name.replace(" (cm)", "").replace(" ", "_"))
    frame["species"] = [iris.target_names[number] for number in frame.pop("target")]
    train, unseen = train_test_split(frame, test_size=75, stratify=frame["species"], random_state=0)
    (DATA / "tables" / "late").mkdir(parents=True, exist_ok=True)
    train.to_csv(DATA / "train.csv", index=False)
    unseen.to_csv(DATA / "labels.csv", index=False)
    for start in range(0, len(unseen), ROWS_PER_FILE):
        part = unseen.iloc[start : start + ROWS_PER_FILE].drop(columns="species")
        name = f"flowers-{start // ROWS_PER_FILE:02}"
        if start < 50:
            part.to_csv(DATA / "tables" / f"{name}.csv", index=False)
        else:
            part.to_json(DATA / "tables" / "late" / f"{name}.jsonl", orient="records", lines=True)
    print(f"wrote {len(train)} flowers to learn from and {len(unseen)} to score, below {DATA}")


if __name__ == "__main__":
    main()
