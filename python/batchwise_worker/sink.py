"""Where the rows of one attempt go: gathered up to 1 MiB, beyond that sent ahead in `part` frames, with the CRC of all
of them.
"""

from zlib import crc32

from .wire import encode_json

PART_BYTES = 1 << 20


class RowSink:
    """Bytes in, rows of a result out. Memory stays at about two parts however many rows a script yields."""

    def __init__(self, wire, clock, send_gathered):
        self._wire = wire
        self._clock = clock
        self._send_gathered = send_gathered
        self._crc32 = crc32

    def reset(self, mini_batch, attempt):
        self._mini_batch = mini_batch
        self._attempt = attempt
        self._chunks = []
        self._size = 0
        self.crc = 0
        self.part_bytes = 0
        self.columns = None

    def write(self, rows):
        self.crc = self._crc32(rows, self.crc)
        self._chunks.append(rows)
        self._size += len(rows)
        if self._size > PART_BYTES:
            self._send_parts()

    def take_rest(self):
        """The rows that no part has carried."""
        chunks = self._chunks
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _send_parts(self):
        rows = b"".join(self._chunks)
        was_running = self._clock.is_running
        self._clock.stop()
        self._send_gathered()  # results come in the order of their mini-batches, parts included
        header = encode_json({"t": "part", "mini_batch": self._mini_batch, "attempt": self._attempt})
        start = 0
        while len(rows) - start > PART_BYTES:
            self._wire.send(header, rows[start : start + PART_BYTES])
            start += PART_BYTES
        self.part_bytes += start
        self._chunks = [rows[start:]]
        self._size = len(rows) - start
        if was_running:
            self._clock.resume()
