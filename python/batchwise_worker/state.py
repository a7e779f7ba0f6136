"""The state file: what the worker is doing, readable by the driver at any moment without a message. Layout in
protocol/README.md.
"""

import mmap
import os
from time import monotonic_ns

STARTING, INIT, IDLE, CHECKING, RUNNING, SENDING, SHUTDOWN = range(7)
NO_MINI_BATCH = (1 << 64) - 1
STATE_BYTES = 48


class StateFile:
    """Six u64 words in a shared mapping (phase and attempt share one; the byte order of every machine we run on is
    little-endian).

    The last word is written first and the first word last: a reader, who copies upwards, then sees two equal sequences
    only around a whole record.
    """

    def __init__(self, path=None):
        self._sequence = 0
        self._clock = monotonic_ns
        self._words = memoryview(bytearray(STATE_BYTES)).cast("Q")
        if path is not None:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.ftruncate(fd, STATE_BYTES)
                self._words = memoryview(mmap.mmap(fd, STATE_BYTES)).cast("Q")
            finally:
                os.close(fd)

    def enter(self, phase, mini_batch=NO_MINI_BATCH, attempt=0, began_ns=0, cpu_ns=0):
        """Records that a phase began, now unless `began_ns` says otherwise."""
        self._sequence = sequence = self._sequence + 1
        words = self._words
        words[5] = sequence
        words[1] = phase | attempt << 32
        words[2] = mini_batch
        words[3] = began_ns or self._clock()
        words[4] = cpu_ns
        words[0] = sequence

    def detach(self):
        """For a forked child: what it does is not the worker's state."""
        self._words = memoryview(bytearray(STATE_BYTES)).cast("Q")
