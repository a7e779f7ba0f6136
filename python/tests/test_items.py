"""The items of a mini-batch: names, changes since the listing, damage on the way."""

import json
import os
from zlib import crc32

from .small_driver import WorkerTestCase, build_payload


class ItemsTest(WorkerTestCase):
    def test_items_that_vanished_or_changed_are_left_out_and_named(self):
        driver = self.begin_run("return [len(mini_batch)]")
        paths = driver.folder.add_items(4)
        payload = build_payload(paths)
        os.unlink(paths[0])
        with open(paths[1], "a") as file:
            file.write("more")
        os.utime(paths[2], (1, 1))
        driver.send({"t": "run", "b": [[0, 1, 4, len(payload), crc32(payload)]]}, payload)
        result = driver.collect(1)[0]
        self.assertEqual(result["data"], b"1\n")
        self.assertEqual(
            [row[:2] for row in result["extra"]["excluded"]], [[0, "vanished"], [1, "changed"], [2, "changed"]]
        )
        self.assertEqual(result["extra"]["excluded"][1][2], "5 bytes now, 1 when listed")

    def test_run_is_not_called_when_no_item_is_left(self):
        driver = self.begin_run("raise AssertionError")
        paths = driver.folder.add_items(1)
        payload = build_payload(paths)
        os.unlink(paths[0])
        driver.send({"t": "run", "b": [[0, 1, 1, len(payload), crc32(payload)]]}, payload)
        result = driver.collect(1)[0]
        self.assertEqual((result["rows"], result["elements"], result["scored"]), (0, 0, 0))

    def test_tens_of_thousands_of_vanished_items_still_fit_a_frame(self):
        driver = self.begin_run("return mini_batch")
        paths = driver.folder.add_items(1)
        count = 20_000
        names = json.dumps([["/no/such/folder/"] + ["name", 1, 1.0] * count] + json.loads(build_payload(paths)))
        payload = names.encode()
        driver.send({"t": "run", "b": [[0, 1, count + 1, len(payload), crc32(payload)]]}, payload)
        result = driver.collect(1)[0]
        self.assertEqual((result["scored"], len(result["extra"]["excluded"])), (1, count))

    def test_odd_file_names_arrive(self):
        driver = self.begin_run("return [open(p).read() for p in mini_batch] + mini_batch")
        names = [b"bad\xff.txt", "ünïcode 😀.txt".encode(), b"new\nline", b"-rf", b"%00", b"quote'\".txt"]
        paths = []
        for name in names:
            path = os.fsencode(driver.folder.path("input")) + b"/" + name
            with open(path, "w") as file:
                file.write("ok")
            paths.append(os.fsdecode(path))
        data = driver.score(paths)["data"]
        self.assertTrue(data.startswith(b"ok\n" * len(names)))
        for name in names:
            self.assertIn(name, data)

    def test_damaged_payload_fails_the_attempt(self):
        driver = self.begin_run("return mini_batch")
        for payload, count in ((b"[[", 1), (b'[["/a/",1,2,3]]', 1), (b"7", 1), (b"[]", 1), (b"\xff", 1)):
            driver.send({"t": "run", "b": [[0, 1, count, len(payload), crc32(payload)]]}, payload)
            self.assert_failed(driver.collect(1)[0], "payload")
        driver.send({"t": "run", "b": [[0, 1, 1, 2, 12345]]}, b"[]")
        self.assert_failed(driver.collect(1)[0], "payload", "CRC")
