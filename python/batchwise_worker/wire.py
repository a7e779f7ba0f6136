"""Frames and the worker's end of the stream, see protocol/README.md. The twin of src/worker/codec.ts; protocol/cases/
tests both.
"""

import _socket
import errno
import json
import select
import struct
from zlib import crc32

MAGIC = b"BWF1"
MAX_HEADER_BYTES = 1 << 20
MAX_PAYLOAD_BYTES = 8 << 20
PRELUDE = struct.Struct(">4sIII")
PRELUDE_BYTES = PRELUDE.size


class OwnEncoder(json.JSONEncoder):
    """Holds the methods as they were before any user code ran: scripts patch json.JSONEncoder.default and the like."""

    default = json.JSONEncoder.default
    encode = json.JSONEncoder.encode
    iterencode = json.JSONEncoder.iterencode


def refuse_constant(name):
    raise ValueError("%s is no JSON" % name)


encode_json = OwnEncoder(separators=(",", ":")).encode
scan_json = json.JSONDecoder(parse_constant=refuse_constant).scan_once


class WireError(Exception):
    """The other side broke the protocol; nothing that comes after it can be trusted."""


class StreamEnd(Exception):
    """Nobody is at the other end any more, or the script closed ours."""

    def __init__(self, error=None):
        super().__init__(str(error or "the stream ended"))
        self.was_closed_here = getattr(error, "errno", None) in (errno.EBADF, errno.ENOTSOCK)


def encode_frame(header, payload=b"", crc32=crc32):
    """One frame as bytes; `header` is JSON text in ASCII."""
    raw = header.encode("ascii")
    if len(raw) > MAX_HEADER_BYTES or len(payload) > MAX_PAYLOAD_BYTES:
        raise WireError("a frame of %d + %d bytes is larger than the wire allows" % (len(raw), len(payload)))
    return b"".join((PRELUDE.pack(MAGIC, len(raw), len(payload), crc32(raw)), raw, payload))


class FrameReader:
    """Cuts a byte stream into frames.

    >>> FrameReader().push(encode_frame('{"t":"stop"}'))
    [({'t': 'stop'}, b'')]
    """

    def __init__(self):
        self._chunks = []
        self._pending = 0
        self._wanted = PRELUDE_BYTES

    @property
    def pending_bytes(self):
        """Bytes of a frame that has begun and is not whole yet."""
        return self._pending

    def push(self, chunk):
        """Takes bytes, returns the frames that are whole now as (header, payload). Raises WireError at the first that
        is not a frame.
        """
        self._chunks.append(chunk)
        self._pending += len(chunk)
        frames = []
        if self._pending < self._wanted:
            return frames
        data = b"".join(self._chunks) if len(self._chunks) > 1 else chunk
        start, end = 0, len(data)
        while True:
            self._wanted = PRELUDE_BYTES
            if end - start < PRELUDE_BYTES:
                break
            magic, header_bytes, payload_bytes, crc = PRELUDE.unpack_from(data, start)
            if magic != MAGIC:
                raise WireError("expected a frame, found the bytes 0x%s" % magic.hex())
            if header_bytes > MAX_HEADER_BYTES:
                raise WireError("a header of %d bytes is over the cap of %d" % (header_bytes, MAX_HEADER_BYTES))
            if payload_bytes > MAX_PAYLOAD_BYTES:
                raise WireError("a payload of %d bytes is over the cap of %d" % (payload_bytes, MAX_PAYLOAD_BYTES))
            header_start = start + PRELUDE_BYTES
            header_end = header_start + header_bytes
            self._wanted = PRELUDE_BYTES + header_bytes + payload_bytes
            if end - start < self._wanted:
                break
            frames.append(
                (parse_header(data[header_start:header_end], crc), data[header_end : header_end + payload_bytes])
            )
            start += self._wanted
        self._pending = end - start
        self._chunks = [data[start:]] if start < end else []
        return frames


def parse_header(raw, crc):
    if crc32(raw) != crc:
        raise WireError("the CRC of a header is wrong")
    try:
        text = raw.decode("utf-8").strip(" \t\r\n")
        header, end = scan_json(text, 0)
        if end != len(text):
            raise ValueError("something follows")
    except (ValueError, StopIteration, RecursionError):
        raise WireError("a header is not JSON") from None
    if not isinstance(header, dict) or not isinstance(header.get("t"), str):
        raise WireError("a header is not an object with a name t")
    return header


class Wire:
    """The stream over a connected socket. Sends block, which is the back-pressure on a script that is faster than its
    driver.
    """

    def __init__(self, fd):
        # The C class, not socket.socket: gevent and eventlet replace the latter, and not importing `socket` saves 4 ms.
        self._socket = _socket.socket(fileno=fd)
        self._socket.setblocking(True)
        self._reader = FrameReader()
        self._flags = getattr(_socket, "MSG_NOSIGNAL", 0)  # scripts set SIGPIPE back to its default
        self._poller = select.poll()
        self._poller.register(fd, select.POLLIN)
        self._poll = self._poller.poll
        self._receive = self._socket.recv

    def is_readable(self):
        """True when receive() would not wait."""
        return bool(self._poll(0))

    def receive(self):
        """Waits for bytes and returns the frames that are whole now, perhaps none. Raises StreamEnd or WireError."""
        try:
            chunk = self._receive(262144)
        except OSError as error:
            raise StreamEnd(error) from None
        if chunk:
            return self._reader.push(chunk)
        if self._reader.pending_bytes:
            raise WireError("the stream ended in the middle of a frame")
        raise StreamEnd

    def send(self, header, payload=b""):
        """Sends one frame; `header` is JSON text. Raises StreamEnd when nobody listens any more."""
        try:
            self._socket.sendall(encode_frame(header, payload), self._flags)
        except OSError as error:
            raise StreamEnd(error) from None

    def close(self):
        self._socket.close()
