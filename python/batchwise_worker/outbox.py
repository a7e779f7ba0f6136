"""Results and failures on their way to the driver. Results of very short runs share a frame: at 20 µs a mini-batch one
send each would be a fifth of it.
"""

import resource
import sys
from time import monotonic_ns

from .failures import refuse
from .wire import encode_json

LONG_RUN_NS = 1_000_000
MAX_DELAY_NS = 5_000_000
MAX_GATHERED_BYTES = 256 << 10
MAX_EXTRA_BYTES = 700 << 10  # with what was gathered before it, below the cap of a header
RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
RESULT = "[%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%s]"


class Outbox:
    def __init__(self, wire, log):
        self._wire = wire
        self._log = log
        # Bound here, before any user code runs: scripts patch these modules.
        self._clock = monotonic_ns
        self._getrusage = resource.getrusage
        self._max_rss = 0
        self._headers = []
        self._rows = []
        self._gathered_bytes = 0
        self._oldest_ns = 0
        self._rss_checked_ns = 0

    def describe_extra(self, timing, sink, excluded, taken):
        """The field `extra` of a result as JSON text. Raises AttemptFailed when it is too much for a frame."""
        now_ns = self._clock()
        rss = 0
        if timing.run_ns >= LONG_RUN_NS or now_ns - self._rss_checked_ns > MAX_DELAY_NS:
            self._rss_checked_ns = now_ns
            rss = self._find_new_max_rss()
        if rss or excluded or taken or sink.columns or sink.part_bytes:
            return encode_extra(sink, excluded, taken, rss)
        return "null"

    def add_result(self, mini_batch, attempt, counts, timing, sink, extra):
        """Queues a result; sends it, with those before it, unless the next can be expected at once. `counts` is (rows,
        elements, scored).
        """
        body = sink.take_rest()
        rows, elements, scored = counts
        times = (timing.started_us, timing.run_ns // 1000, timing.cpu_ns // 1000)
        log = self._log.finish_range()
        header = RESULT % (mini_batch, attempt, len(body), sink.crc, rows, elements, scored, *times, *log, extra)
        now_ns = self._clock()
        is_long = timing.run_ns >= LONG_RUN_NS
        if not self._headers:
            self._oldest_ns = now_ns
        self._headers.append(header)
        self._rows.append(body)
        self._gathered_bytes += len(body) + len(header)
        if is_long or now_ns - self._oldest_ns >= MAX_DELAY_NS or self._gathered_bytes >= MAX_GATHERED_BYTES:
            self.send_gathered()

    def send_gathered(self):
        """Sends what is held back, if anything. To be called before every wait."""
        if self._headers:
            header = '{"t":"done","r":[' + ",".join(self._headers) + "]}"
            rows = b"".join(self._rows)
            self._headers = []
            self._rows = []
            self._gathered_bytes = 0
            self._wire.send(header, rows)

    def send_failure(self, mini_batch, attempt, reason, error, timing):
        self.send_gathered()
        self._find_new_max_rss()
        message = {
            "t": "fail",
            "mini_batch": mini_batch,
            "attempt": attempt,
            "reason": reason,
            "error": error,
            "run_us": timing.run_ns // 1000,
            "cpu_us": timing.cpu_ns // 1000,
            "max_rss": self._max_rss,
            "log": self._log.finish_range(),
        }
        self._wire.send(encode_json(message))

    def _find_new_max_rss(self):
        """The peak memory in bytes when it rose since the last call, else 0."""
        peak = self._getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT_BYTES
        if peak <= self._max_rss:
            return 0
        self._max_rss = peak
        return peak


def encode_extra(sink, excluded, taken, max_rss):
    """The last field of a result as JSON text."""
    extra = {}
    if sink.columns:
        extra["columns"] = sink.columns
    if excluded:
        extra["excluded"] = excluded
    if taken:
        extra["take"], extra["files"] = taken
    if sink.part_bytes:
        extra["part_bytes"] = sink.part_bytes
    if max_rss:
        extra["max_rss"] = max_rss
    text = encode_json(extra)
    if len(text) > MAX_EXTRA_BYTES and excluded:
        # Tens of thousands of files went away: which ones matters, what the system said about each does not.
        extra["excluded"] = [[index, reason, ""] for index, reason, _ in excluded]
        text = encode_json(extra)
    if len(text) > MAX_EXTRA_BYTES:
        raise refuse(
            "format", "ResultError", "what is to be said about the result takes %d bytes, too many" % len(text)
        )
    return text
