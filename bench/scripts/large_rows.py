"""Returns one prepared row of 64 KiB for each file; only its beginning, the file's name, differs."""

import os

ROW_BYTES = 65536


def init():
    global padding
    padding = "x" * ROW_BYTES


def run(mini_batch):
    rows = []
    for path in mini_batch:
        name = os.path.basename(path)
        rows.append(name + padding[len(name) + 1 :])
    return rows
