"""What the peers have in common: list, cut, call run(), write rows in input order. Each is the loop that a person would
write around the same scoring script; it keeps no ledger, retries nothing and does not wait for the disk.

Times of the run() calls are kept in the worker and returned with the rows: (rows, start, seconds), the clock being
time.time() as in Batchwise.
"""

import argparse
import importlib.util
import json
import os
import sys
import time
from itertools import islice

_run = None


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--script", required=True)
    parser.add_argument("--input", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--size", type=int, required=True, help="files in a mini-batch")
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--chunk", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0, help="mini-batches; 0 for all")
    return parser.parse_args()


def list_files(root):
    """Files below a folder, depth first, entries sorted by bytes."""
    for folder, folders, files in os.walk(root):
        folders.sort(key=os.fsencode)
        for name in sorted(files, key=os.fsencode):
            yield os.path.join(folder, name)


def cut(paths, size):
    paths = iter(paths)
    while True:
        mini_batch = list(islice(paths, size))
        if not mini_batch:
            return
        yield mini_batch


def plan(options):
    mini_batches = cut(list_files(options.input), options.size)
    return islice(mini_batches, options.limit) if options.limit else mini_batches


def load_script(path):
    """In the worker: loads the script and calls init()."""
    global _run
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("score", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    module.init()
    _run = module.run


def score(mini_batch):
    """In the worker: rows as text, when run() began, and how long it took."""
    start = time.time()
    began = time.perf_counter()
    value = _run(mini_batch)
    seconds = time.perf_counter() - began
    return format_rows(value), start, seconds


def format_rows(value):
    if hasattr(value, "to_csv"):
        return value.to_csv(sep=" ", header=False, index=False)
    return "".join(["{}\n".format(element) for element in value])


def write_results(results, output):
    """Writes (rows, start, seconds) as they come, in input order, and says what happened."""
    count, run_s, longest_s = 0, 0.0, 0.0
    first_start_s, last_end_s, first_row_s = float("inf"), 0.0, None
    with open(output, "w", encoding="utf-8", newline="") as file:
        for rows, start, seconds in results:
            file.write(rows)
            if first_row_s is None:
                file.flush()
                first_row_s = time.time()
            count += 1
            run_s += seconds
            longest_s = max(longest_s, seconds)
            first_start_s = min(first_start_s, start)
            last_end_s = max(last_end_s, start + seconds)
    print(
        json.dumps(
            {
                "mini_batches": count,
                "run_s": run_s,
                "longest_run_s": longest_s,
                "first_start_s": first_start_s,
                "last_end_s": last_end_s,
                "first_row_s": first_row_s,
            }
        )
    )
