"""Writes scikit-learn's handwritten digits as files: data/train, data/images (to be scored) and data/labels.csv."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

DATA = Path(__file__).parent / "data"
SCALE = 8  # 64 x 64 pixels, so that a person can look at them


def main():
    digits = load_digits()
    numbers = np.arange(len(digits.target))
    train, unseen = train_test_split(numbers, test_size=897, stratify=digits.target, random_state=0)
    with open_new(DATA / "labels.csv") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "label", "part"])
        for part, folder, chosen in (("train", "train", train), ("unseen", "images", unseen)):
            (DATA / folder).mkdir(parents=True, exist_ok=True)
            for number in sorted(chosen):
                name = f"digit-{number:04}.png"
                write_image(DATA / folder / name, digits.images[number])
                rows.writerow([name, digits.target[number], part])
    print(f"wrote {len(train)} images to learn from and {len(unseen)} to score, below {DATA}")


def write_image(path, ink):
    """`ink` has 8 x 8 values from 0 (paper) to 16."""
    pixels = np.round(255 - ink * (255 / 16)).astype(np.uint8)
    Image.fromarray(np.kron(pixels, np.ones((SCALE, SCALE), np.uint8))).save(path)


def open_new(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return open(path, "w", newline="")


if __name__ == "__main__":
    main()
