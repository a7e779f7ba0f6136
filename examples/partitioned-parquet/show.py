"""Reads back what score.py wrote below a folder; prints how many wines each grape got and how many are right."""

import sys

import pyarrow.dataset as dataset


def main(folder):
    wines = dataset.dataset(folder, format="parquet", partitioning="hive").to_table(columns=["grape", "known_grape"])
    found = wines["grape"].to_pylist()
    known = wines["known_grape"].to_pylist()
    right = sum(a == b for a, b in zip(found, known))
    counts = ", ".join(f"{found.count(grape)} {grape}" for grape in sorted(set(found)))
    print(f"read back: {len(found)} wines: {counts}")
    print(f"right: {right} of {len(known)} ({100 * right / len(known):.1f} %), none of which the model was trained on")
    if len(known) != 90 or right < 0.9 * len(known):
        sys.exit("error: expected 90 wines, nine in ten of them right")


if __name__ == "__main__":
    main(sys.argv[1])
