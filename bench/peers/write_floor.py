"""Writes and syncs as many bytes as asked for, in pieces of 64 KiB: what the disk takes. Prints the seconds it took."""

import os
import sys
import time

PIECE = b"x" * 65536

path, pieces = sys.argv[1], int(sys.argv[2])
began = time.perf_counter()
with open(path, "wb", buffering=0) as file:
    for _ in range(pieces):
        file.write(PIECE)
    os.fsync(file.fileno())
print(time.perf_counter() - began)
os.unlink(path)
