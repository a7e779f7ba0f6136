"""Text on its way to a sink, for whoever wants a file to write to: pandas and the csv module."""

import io
from contextlib import contextmanager

BLOCK_BYTES = 256 << 10


@contextmanager
def open_text(sink):
    """A text file whose UTF-8 goes to the sink in blocks. Lone surrogates of odd file names become their bytes again.

    The file is C code down to the block: with a write() in Python for each row, frames are a third slower.
    """
    raw = RawSink(sink)
    text = io.TextIOWrapper(io.BufferedWriter(raw, BLOCK_BYTES), "utf-8", "surrogateescape", newline="")
    try:
        yield text
        text.flush()
    finally:
        # What a failed write left in the buffers would otherwise arrive when they are freed, in a later attempt.
        raw.sink = None


class RawSink(io.RawIOBase):
    def __init__(self, sink):
        super().__init__()
        self.sink = sink

    def writable(self):
        return True

    def write(self, block):
        if self.sink is not None:
            self.sink.write(bytes(block))
        return len(block)
