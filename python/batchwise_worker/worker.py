"""The worker's loop: start, then mini-batches until told to stop.

    state        entered by              left by
    waiting      hello sent              start: load the script, init() → ready, or broken and exit 0
    serving      ready                   stop: shutdown(), exit 0; end of the stream: exit at once; a broken wire: exit
    76

Serving is one step repeated: take what the driver sent (without waiting while something is queued), score the
mini-batch at the head of the queue. Results of very short runs share a frame; none is ever held back while the worker
waits.
"""

from collections import deque
from time import monotonic_ns
from zlib import crc32

from . import state
from .failures import AttemptFailed, ScriptRaised, describe_exception, describe_script_exception, refuse
from .items import check_items
from .outbox import Outbox
from .returned import classify_returned
from .run_clock import RunClock
from .script import MiniBatchContext
from .session import end_session, end_strayed_child, open_session
from .sink import RowSink
from .wire import StreamEnd, WireError, encode_json


class Worker:
    def __init__(self, wire, log):
        self._wire = wire
        self._log = log
        self._queue = deque()
        self._is_stopping = False
        self._crc32 = crc32

    def serve(self):
        """Runs from the start message to the stop. Raises StreamEnd or WireError."""
        session = open_session(self._wire, self._log, self._await_start(), monotonic_ns)
        if session is None:
            return
        self._session = session
        self._state = session.state
        self._clock = RunClock(session.state)
        self._outbox = Outbox(self._wire, self._log)
        self._sink = RowSink(self._wire, self._clock, self._outbox.send_gathered)
        self._serve_until_stop()
        self._outbox.send_gathered()
        end_session(session, self._log)
        self._wire.close()

    def _serve_until_stop(self):
        wire, queue = self._wire, self._queue
        while not self._is_stopping:
            if not queue:
                self._outbox.send_gathered()
                self._state.enter(state.IDLE)
                self._receive()
            elif wire.is_readable():
                self._receive()
            if queue and not self._is_stopping:
                self._score(*queue.popleft())

    # Messages from the driver

    def _await_start(self):
        frames = []
        while not frames:
            frames = self._wire.receive()
        header, _ = frames[0]
        if header["t"] != "start" or len(frames) > 1:
            raise WireError('expected the message "start" alone, found "%s"' % header["t"][:40])
        return header

    def _receive(self):
        for header, payload in self._wire.receive():
            name = header["t"]
            if name == "run":
                self._enqueue(header, payload)
            elif name == "drop":
                self._outbox.send_gathered()
                dropped = [[entry[0], entry[1]] for entry in self._queue]
                self._queue.clear()
                self._wire.send(encode_json({"t": "dropped", "b": dropped}))
            elif name == "stop":
                self._queue.clear()
                self._is_stopping = True
            else:
                raise WireError('the driver sent a message of the unknown name "%s"' % name[:40])

    def _enqueue(self, header, payload):
        offset = 0
        try:
            for mini_batch, attempt, items, size, crc in header["b"]:
                self._queue.append((mini_batch, attempt, items, crc, payload[offset : offset + size]))
                offset += size
        except (KeyError, TypeError, ValueError):
            raise WireError('a message "run" is not a list of mini-batches') from None
        if offset != len(payload):
            raise WireError('the payload of a message "run" has %d bytes, its mini-batches %d' % (len(payload), offset))

    # One mini-batch

    def _score(self, mini_batch, attempt, items, crc, payload):
        """One attempt, from the payload to the result: whatever the script does, exactly one result or failure comes of
        it.
        """
        self._state.enter(state.CHECKING, mini_batch, attempt)
        self._clock.reset(mini_batch, attempt)
        self._sink.reset(mini_batch, attempt)
        try:
            if self._crc32(payload) != crc:
                raise refuse("payload", "PayloadError", "the mini-batch arrived damaged: its CRC is wrong")
            paths, excluded = check_items(payload, items)
            handed = len(paths)
            context = self._make_context(mini_batch, paths)
            elements, rows = self._run_script(paths, context) if handed else (0, 0)
            scored = elements if elements < handed else handed
            if context is not None:
                scored = context.count_scored(elements)
                excluded = excluded + context.list_refused(excluded) if context.refused else excluded
            taken = self._session.output.take(mini_batch, attempt)
            extra = self._outbox.describe_extra(self._clock, self._sink, excluded, taken)
        except (StreamEnd, WireError):
            raise
        except BaseException as error:
            self._clock.stop()
            end_strayed_child(self._session)
            self._fail(mini_batch, attempt, error)
            return
        self._session.reset_surroundings()
        counts = (rows, elements, scored)
        self._outbox.add_result(mini_batch, attempt, counts, self._clock, self._sink, extra)

    def _make_context(self, mini_batch, paths):
        """The second argument of run(), or None when it takes none."""
        if self._session.script.context_keyword is None:
            return None
        return MiniBatchContext(mini_batch, paths, self._session.facts)

    def _run_script(self, paths, context):
        """Calls run() and writes what it returns; returns (elements, rows)."""
        session, clock, sink = self._session, self._clock, self._sink
        names = session.format.name_items(paths)
        script = session.script
        clock.start()
        try:
            if context is None:
                value = script.run(paths)
            elif script.context_keyword:
                value = script.run(paths, **{script.context_keyword: context})
            else:
                value = script.run(paths, context)
        except BaseException as error:
            raise ScriptRaised(error) from None
        kind, value = ("sized", value) if type(value) is list else classify_returned(value)
        if kind != "lazy":
            clock.stop()
        end_strayed_child(session)
        try:
            if kind == "frame":
                return session.format.write_frame(value, names, sink)
            return session.format.write_elements(value, names, sink)
        except (AttemptFailed, ScriptRaised, StreamEnd, WireError):
            raise
        except BaseException as error:
            raise AttemptFailed("format", describe_exception(error)) from None
        finally:
            clock.stop()

    def _fail(self, mini_batch, attempt, error):
        if isinstance(error, ScriptRaised):
            reason, described = describe_script_exception(error.original)
        elif isinstance(error, AttemptFailed):
            reason, described = error.reason, error.error
        else:
            # Ours: the system refuses to move the files, or there is no memory left.
            reason = "output_file" if isinstance(error, OSError) else "exception"
            described = describe_exception(error)
        try:
            self._session.output.discard()
        except OSError as trouble:
            self._log.write("files of the failed attempt cannot be deleted: %s" % trouble)
        self._session.reset_surroundings()
        text = described["traceback"] or "%s: %s" % (described["type"], described["message"])
        self._log.write("mini-batch %d, attempt %d failed (%s)\n%s" % (mini_batch, attempt, reason, text))
        self._outbox.send_failure(mini_batch, attempt, reason, described, self._clock)
