"""A worker that breaks the protocol. The test copies this file, puts a Python in its first line, and names it as the
job's interpreter: `fake PACKAGE`. Beside it lies `fake.json`: the fault, and how many starts are to be faulty; later
starts become the real worker.

Whatever it scores, a row is the file's name; a row that must never be in the output says WRONG.
"""

import json
import os
import socket
import struct
import sys
import time
from zlib import crc32

here = os.path.dirname(os.path.abspath(__file__))
package = sys.argv[1]
sys.path.insert(0, os.path.dirname(package))


def begin():
    with open(os.path.join(here, "fake.json")) as file:
        plan = json.load(file)
    with open(os.path.join(here, "starts"), "ab") as file:
        file.write(b"x")
        file.flush()
        starts = file.tell()
    if starts > plan["starts"]:
        os.execv(plan["python"], [plan["python"], package])
    return plan["fault"]


FAULT = begin()

from batchwise_worker.wire import MAGIC, PRELUDE, FrameReader, encode_frame  # noqa: E402

wire = socket.socket(fileno=3)
reader = FrameReader()
waiting = []
state_path = None


def send(header, payload=b""):
    wire.sendall(encode_frame(json.dumps(header), payload))


def receive():
    while not waiting:
        data = wire.recv(1 << 16)
        if not data:
            os._exit(0)
        waiting.extend(reader.push(data))
    header, payload = waiting.pop(0)
    return header, bytes(payload)


def stall():
    while True:
        time.sleep(60)


def write_state(phase, mini_batch, attempt):
    now = time.monotonic_ns()
    with open(state_path, "r+b") as file:
        file.write(struct.pack("<QIIqQQQ", now, phase, attempt, mini_batch, now, 0, now))


def names(payload):
    """File names of a mini-batch."""
    return [name for folder in json.loads(payload) for name in folder[1::3]]


def result(mini_batch, attempt, rows, count):
    now = time.time_ns() // 1000
    return [mini_batch, attempt, len(rows), crc32(rows), count, count, count, now, 10, 10, 0, 0, None]


def done(mini_batch, attempt, files, wrong=False):
    rows = "".join("%s\n" % ("WRONG" if wrong else name) for name in files).encode()
    return {"t": "done", "r": [result(mini_batch, attempt, rows, len(files))]}, rows


def misbehave(mini_batch, attempt, files):
    """Breaks the protocol once. Returns True when the mini-batch has been answered, after all."""
    frame = encode_frame(json.dumps(done(mini_batch, attempt, files)[0]), done(mini_batch, attempt, files)[1])
    if FAULT == "half a result, then nothing":
        wire.sendall(frame[: len(frame) // 2])
        stall()
    if FAULT == "half a result, then the end":
        wire.sendall(frame[: len(frame) // 2])
        os._exit(1)
    if FAULT == "no answer":
        stall()
    if FAULT == "a length of 2^31":
        wire.sendall(PRELUDE.pack(MAGIC, 1 << 31, 1 << 31, 0))
        stall()
    if FAULT == "garbage":
        wire.sendall(os.urandom(5000))
        stall()
    if FAULT == "a wrong frame CRC":
        wire.sendall(frame[:12] + b"\0\0\0\0" + frame[16:])
        stall()
    if FAULT == "an unknown message":
        send({"t": "surprise"})
        stall()
    if FAULT == "a result that is no list":
        send({"t": "done", "r": {"0": 1}})
        stall()
    if FAULT == "the same result twice":
        wire.sendall(frame + frame)
        return True
    if FAULT == "a second, other result":
        wire.sendall(frame)
        send(*done(mini_batch, attempt, files, wrong=True))
        return True
    if FAULT == "a result of another attempt":
        send(*done(mini_batch, attempt + 1, files, wrong=True))
        send(*done(mini_batch, max(attempt - 1, 0), files, wrong=True))
    if FAULT == "a result of a mini-batch that it was not given":
        send(*done(mini_batch + 1000, attempt, files, wrong=True))
    if FAULT == "a result after a failure":
        error = {"type": "E", "message": "m", "traceback": ""}
        failure = {"t": "fail", "mini_batch": mini_batch, "attempt": attempt, "reason": "exception", "error": error}
        send(dict(failure, run_us=1, cpu_us=1, max_rss=1, log=[0, 0]))
        send(*done(mini_batch, attempt, files, wrong=True))
        return True
    return False


if FAULT == "garbage instead of hello":
    wire.sendall(b"Welcome to my worker!\r\n" * 100)
    stall()
if FAULT == "half a hello, then the end":
    wire.sendall(encode_frame('{"t":"hello"}')[:9])
    os._exit(0)
if FAULT == "another protocol version":
    send({"t": "hello", "protocol": 99, "pid": os.getpid(), "python": "3", "executable": sys.executable})
    stall()
send({"t": "hello", "protocol": 1, "pid": os.getpid(), "python": "3.8.0", "executable": sys.executable})
start = receive()[0]
state_path = start["state_file"]
send({"t": "ready", "init_us": 1, "log": [0, 0]})
is_first = True
while True:
    header, payload = receive()
    if header["t"] == "stop":
        os._exit(0)
    if header["t"] == "drop":
        send({"t": "dropped", "b": []})
    if header["t"] != "run":
        continue
    at = 0
    for mini_batch, attempt, _items, size, _crc in header["b"]:
        files = names(payload[at : at + size])
        at += size
        write_state(4, mini_batch, attempt)
        answered = is_first and misbehave(mini_batch, attempt, files)
        is_first = False
        if not answered:
            send(*done(mini_batch, attempt, files))
        write_state(2, -1, 0)
