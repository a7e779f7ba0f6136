"""Prints the CPU time of a worker for a mini-batch of 10 files whose run() does nothing, in µs: median of 5 runs.

PYTHONPATH=python python -m tests.measure_overhead [mini-batches]
"""

import json
import os
import shutil
import statistics
import sys
from zlib import crc32

from .small_driver import Folder, SmallDriver, build_payload

FRAME_ENTRIES = 64
QUEUE_ENTRIES = 256


def measure(count):
    folder = Folder("def init(): pass\ndef run(mini_batch): return mini_batch\n")
    driver = SmallDriver(folder)
    try:
        driver.begin()
        payload = build_payload(folder.add_items(10))
        entry = [1, 10, len(payload), crc32(payload)]
        sent = done = 0
        began = read_cpu_seconds(driver.hello["pid"])
        while done < count:
            while sent < count and sent - done < QUEUE_ENTRIES:
                entries = [[sent + index, *entry] for index in range(FRAME_ENTRIES)]
                driver.send({"t": "run", "b": entries}, payload * FRAME_ENTRIES)
                sent += FRAME_ENTRIES
            done += len(driver.receive()[0]["r"])
        return (read_cpu_seconds(driver.hello["pid"]) - began) / done * 1e6
    finally:
        driver.close()
        shutil.rmtree(folder.root)


def read_cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    mini_batches = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    values = [measure(mini_batches) for _ in range(5)]
    print(
        json.dumps(
            {"cpu_us_per_mini_batch": round(statistics.median(values), 1), "runs": [round(v, 1) for v in values]}
        )
    )
