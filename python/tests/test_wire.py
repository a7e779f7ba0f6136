"""Frames: the cases of protocol/cases, which the tests of src/worker/codec.ts read too."""

import json
import os
import random
import tracemalloc
import unittest

from batchwise_worker.wire import FrameReader, WireError, encode_frame

from .small_driver import WorkerTestCase

PROTOCOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "protocol")


def load_cases():
    with open(os.path.join(PROTOCOL, "cases", "frames.json"), encoding="utf-8") as file:
        return json.load(file)["cases"]


def read_stream(chunks):
    """(frames, outcome) that a receiver makes of chunks."""
    reader = FrameReader()
    frames = []
    for chunk in chunks:
        try:
            for header, payload in reader.push(chunk):
                frames.append({"header": header, "payload_hex": payload.hex()})
        except WireError:
            return frames, "break"
    return frames, "incomplete" if reader.pending_bytes else "frames"


class CasesTest(unittest.TestCase):
    def test_byte_by_byte(self):
        for case in load_cases():
            stream = bytes.fromhex(case["hex"])
            found = read_stream([stream[index : index + 1] for index in range(len(stream))])
            self.assertEqual(found, (case["frames"], case["outcome"]), case["name"])

    def test_at_once(self):
        for case in load_cases():
            frames, outcome = read_stream([bytes.fromhex(case["hex"])])
            self.assertEqual(outcome, case["outcome"], case["name"])
            # A receiver that finds a break may have handed out the frames before it, or not.
            if outcome != "break":
                self.assertEqual(frames, case["frames"], case["name"])

    def test_announced_lengths_take_no_memory(self):
        case = next(case for case in load_cases() if "at their caps" in case["name"])
        tracemalloc.start()
        try:
            read_stream([bytes.fromhex(case["hex"])])
            self.assertLess(tracemalloc.get_traced_memory()[1], 100_000)
        finally:
            tracemalloc.stop()

    def test_frames_survive_any_cut(self):
        rng = random.Random(7)
        for _ in range(200):
            sent = [
                ({"t": "part", "n": n}, bytes(rng.randrange(256) for _ in range(rng.randrange(300))) if n else b"")
                for n in range(rng.randrange(5))
            ]
            stream = b"".join(encode_frame(json.dumps(header), payload) for header, payload in sent)
            reader, found = FrameReader(), []
            while stream:
                size = rng.randrange(1, 100)
                found += reader.push(stream[:size])
                stream = stream[size:]
            self.assertEqual(found, sent)
            self.assertEqual(reader.pending_bytes, 0)

    def test_frame_over_a_cap_is_not_sent(self):
        with self.assertRaises(WireError):
            encode_frame('{"t":"part"}', bytes((8 << 20) + 1))


class WorkerAtTheWireTest(WorkerTestCase):
    def test_worker_breaks_off_where_the_cases_say(self):
        cases = [case for case in load_cases() if case["outcome"] != "frames" or case.get("unknown")]
        for case in cases:
            if any(frame["header"]["t"] == "part" or frame["header"] == {"t": "stop"} for frame in case["frames"]):
                continue  # not for a worker's ears
            driver = self.begin("def init(): pass\ndef run(m): return m\ndef shutdown(): print('in order')")
            driver.socket.sendall(bytes.fromhex(case["hex"]))
            driver.socket.close()
            driver.wait()
            self.assertNotIn("in order", driver.log, case["name"])
