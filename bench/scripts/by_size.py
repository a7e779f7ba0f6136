"""Takes as long as the files are large: BENCH_SECONDS_PER_BYTE for each byte, asleep, so that the machine's other load
matters little."""

import os
import time


def init():
    global seconds_per_byte
    seconds_per_byte = float(os.environ["BENCH_SECONDS_PER_BYTE"])


def run(mini_batch):
    time.sleep(sum(os.path.getsize(path) for path in mini_batch) * seconds_per_byte)
    return mini_batch
