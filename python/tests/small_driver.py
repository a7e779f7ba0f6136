"""A driver of a few lines that speaks to real worker processes, for the tests."""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest
from zlib import crc32

from batchwise_worker.wire import FrameReader, encode_frame

WORKER_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "batchwise_worker")
PATIENCE_SECONDS = 60  # only a hang lasts so long
RESULT_FIELDS = (
    "mini_batch attempt bytes crc rows elements scored started_us run_us cpu_us log_start log_end extra".split()
)


class Folder:
    """A job's folders on disk and a script in them."""

    def __init__(self, script, files=None):
        self.root = os.path.realpath(tempfile.mkdtemp(prefix="bw-worker-"))
        for name in ("code", "input", "scratch", "output", "take"):
            os.mkdir(self.path(name))
        self.write_code("score.py", script)
        for name, content in (files or {}).items():
            self.write_code(name, content)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def write_code(self, name, content):
        path = self.path("code", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else textwrap.dedent(content).encode())

    def add_items(self, count, content="x"):
        """Creates input files; returns their paths."""
        paths = []
        for number in range(count):
            path = self.path("input", "item%02d.txt" % number)
            with open(path, "w") as file:
                file.write(content)
            paths.append(path)
        return paths

    def read(self, *parts):
        with open(self.path(*parts), "rb") as file:
            return file.read()


def build_payload(paths):
    """The payload of a mini-batch, as src/storage/item-payload.ts writes it."""
    groups = []
    for path in paths:
        folder, name = os.path.split(path)
        status = os.stat(path)
        seconds, nanoseconds = divmod(status.st_mtime_ns, 10**9)
        if not groups or groups[-1][0] != folder + "/":
            groups.append([folder + "/"])
        groups[-1] += [name, status.st_size, seconds * 1000 + nanoseconds / 1e6]
    return json.dumps(groups, separators=(",", ":")).encode()


class SmallDriver:
    """One worker and the driver's end of its wire."""

    def __init__(self, folder, python=None, environment=None, **start):
        self.folder = folder
        own, workers = socket.socketpair()
        own.settimeout(PATIENCE_SECONDS)
        self.socket = own
        self.reader = FrameReader()
        self.frames = []
        self.start_keys = start

        def place_socket():
            os.dup2(workers.fileno(), 3)
            os.set_inheritable(3, True)

        with open(folder.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                [python or sys.executable, WORKER_FOLDER],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                close_fds=False,
                preexec_fn=place_socket,
                cwd=folder.root,
                env={**os.environ, "AZUREML_BI_OUTPUT_PATH": folder.path("output"), **(environment or {})},
            )
        workers.close()

    def send(self, header, payload=b""):
        self.socket.sendall(encode_frame(json.dumps(header), payload))

    def receive(self):
        """The next frame as (header, payload). Raises EOFError at the end of the stream."""
        while not self.frames:
            chunk = self.socket.recv(1 << 18)
            if not chunk:
                raise EOFError(self.log)
            self.frames += self.reader.push(chunk)
        return self.frames.pop(0)

    def send_start(self):
        folder = self.folder
        message = {
            "t": "start",
            "job": "test",
            "epoch": 1,
            "worker": 0,
            "script": folder.path("code", "score.py"),
            "code_dir": folder.path("code"),
            "scratch_dir": folder.path("scratch"),
            "output_dir": folder.path("output"),
            "take_dir": folder.path("take"),
            "state_file": folder.path("state"),
            "argv": ["--logging_level", "info"],
            "logging_level": "info",
            "output_action": "append_row",
            "output_format": "azureml",
            "input_roots": [folder.path("input")],
            "node_id": "node",
            "entry_env": {},
        }
        self.send({**message, **self.start_keys})

    def begin(self):
        """Handshake up to `ready` or `broken`, whose header is returned."""
        self.hello, _ = self.receive()
        self.send_start()
        return self.receive()[0]

    def send_run(self, *mini_batches):
        """Sends mini-batches, each (id, paths) or (id, paths, attempt)."""
        entries, payloads = [], []
        for mini_batch, paths, *attempt in mini_batches:
            payload = build_payload(paths)
            entries.append([mini_batch, attempt[0] if attempt else 1, len(paths), len(payload), crc32(payload)])
            payloads.append(payload)
        self.send({"t": "run", "b": entries}, b"".join(payloads))

    def collect(self, count):
        """The next `count` results and failures, each a dict; results have their rows under "data", parts included."""
        found = []
        parts = b""
        while len(found) < count:
            header, payload = self.receive()
            if header["t"] == "part":
                parts += payload
            elif header["t"] == "fail":
                parts = b""
                found.append(header)
            elif header["t"] == "done":
                for values in header["r"]:
                    result = dict(zip(RESULT_FIELDS, values))
                    result["data"] = parts + payload[: result["bytes"]]
                    result["extra"] = result["extra"] or {}
                    payload = payload[result["bytes"] :]
                    parts = b""
                    found.append(result)
            else:
                raise AssertionError("unexpected message %r" % header)
        return found

    def score(self, paths, mini_batch=0):
        """One mini-batch there and back."""
        self.send_run((mini_batch, paths))
        return self.collect(1)[0]

    def stop(self):
        """Stops the worker in order; returns the exit code."""
        self.send({"t": "stop"})
        return self.wait()

    def wait(self):
        return self.process.wait(PATIENCE_SECONDS)

    def read_state(self):
        """The record of the state file."""
        while True:
            first, phase, attempt, mini_batch, began_ns, _, last = struct.unpack("<QIIqQQQ", self.folder.read("state"))
            if first == last:
                return {"phase": phase, "attempt": attempt, "mini_batch": mini_batch, "began_ns": began_ns}

    @property
    def log(self):
        return self.folder.read("log").decode("utf-8", "replace")

    def close(self):
        self.socket.close()
        self.process.wait(PATIENCE_SECONDS)


class WorkerTestCase(unittest.TestCase):
    """Starts workers for scripts given as text, and ends and removes everything afterwards."""

    maxDiff = None

    def make_folder(self, script, files=None):
        folder = Folder(script, files)
        self.addCleanup(shutil.rmtree, folder.root, ignore_errors=True)
        return folder

    def start(self, script, files=None, **options):
        """A worker that has not been told anything yet."""
        driver = SmallDriver(self.make_folder(script, files), **options)
        self.addCleanup(driver.close)
        return driver

    def begin(self, script, files=None, **options):
        """A worker that is ready."""
        driver = self.start(script, files, **options)
        header = driver.begin()
        self.assertEqual(header["t"], "ready", header)
        return driver

    def begin_run(self, body, **options):
        """A ready worker whose run(mini_batch) has the given body."""
        return self.begin("def init():\n    pass\n\ndef run(mini_batch):\n" + indent(body), **options)

    def run_body(self, body, items=2, **options):
        """Result of one mini-batch scored by a run(mini_batch) with the given body."""
        driver = self.begin_run(body, **options)
        result = driver.score(driver.folder.add_items(items))
        self.driver = driver
        return result

    def assert_failed(self, result, reason, *words):
        self.assertEqual(result.get("reason"), reason, result)
        for word in words:
            self.assertIn(word, result["error"]["message"])
        return result["error"]


def indent(body):
    return textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"
