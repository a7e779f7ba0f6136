"""Writes scikit-learn's wine data as parquet files: data/train.parquet and data/wines/*.parquet (to be scored)."""

from pathlib import Path

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

DATA = Path(__file__).parent / "data"
ROWS_PER_FILE = 6
GRAPES = ["barolo", "grignolino", "barbera"]


def main():
    frame = load_wine(as_frame=True).frame
    frame["known_grape"] = [GRAPES[number] for number in frame.pop("target")]
    train, unseen = train_test_split(frame, test_size=90, stratify=frame["known_grape"], random_state=0)
    (DATA / "wines").mkdir(parents=True, exist_ok=True)
    train.to_parquet(DATA / "train.parquet", index=False)
    for start in range(0, len(unseen), ROWS_PER_FILE):
        part = unseen.iloc[start : start + ROWS_PER_FILE]
        part.to_parquet(DATA / "wines" / f"cellar-{start // ROWS_PER_FILE:02}.parquet", index=False)
    print(f"wrote {len(train)} wines to learn from and {len(unseen)} to score, below {DATA}")


if __name__ == "__main__":
    main()
