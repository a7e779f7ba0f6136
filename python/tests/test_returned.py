"""What run() may return, and what the user is told about anything else (faults 30 to 33, 36)."""

from zlib import crc32

from .small_driver import WorkerTestCase


class AcceptedTest(WorkerTestCase):
    def test_iterables_of_rows(self):
        accepted = {
            "['a', 'b']": b"a\nb\n",
            "('a', 'b')": b"a\nb\n",
            "[['a'], ('b',)]": b"['a']\n('b',)\n",
            "(x for x in 'ab')": b"a\nb\n",
            "map(str.upper, 'ab')": b"A\nB\n",
            "range(2)": b"0\n1\n",
            "{'a': 1}.items()": b"('a', 1)\n",
            "__import__('collections').deque('ab')": b"a\nb\n",
            "__import__('array').array('i', [1, 2])": b"1\n2\n",
        }
        driver = self.begin("def init(): pass\ndef run(mini_batch):\n    return eval(open(mini_batch[0]).read())\n")
        for source, expected in accepted.items():
            result = driver.score(driver.folder.add_items(2, source))
            self.assertEqual(result.get("data"), expected, (source, result))
            self.assertEqual(result["rows"], expected.count(b"\n"))

    def test_generator_is_consumed_as_part_of_run(self):
        body = """
            import time
            def rows():
                for path in mini_batch:
                    time.sleep(0.02)
                    yield 1
            return rows()
        """
        result = self.run_body(body)
        self.assertGreaterEqual(result["run_us"], 40_000)
        self.assertEqual(result["elements"], 2)

    def test_changing_the_list_of_paths_has_no_effect_on_accounting(self):
        driver = self.begin_run("mini_batch.reverse(); mini_batch.pop(); return [1, 2]")
        paths = driver.folder.add_items(3)
        for number in range(3):
            result = driver.score(paths, number)
            self.assertEqual((result["elements"], result["scored"]), (2, 2))


class RefusedTest(WorkerTestCase):
    def test_other_values_are_refused_by_name_with_a_remedy(self):
        refused = {
            "None": ("None", "return"),
            "'text'": ("str", "[text]"),
            "b'x'": ("bytes", "decode"),
            "{'a': 1}": ("dict", "[value]"),
            "7": ("int", "list"),
            "1.5": ("float", "list"),
            "True": ("bool", "list"),
            "{1, 2}": ("set", "sorted"),
            "object()": ("object", "list"),
            "__import__('decimal').Decimal(1)": ("decimal.Decimal", "list"),
            "__import__('types').SimpleNamespace(columns=[], to_pandas=1)": ("SimpleNamespace", "to_pandas()"),
        }
        driver = self.begin("def init(): pass\ndef run(mini_batch):\n    return eval(open(mini_batch[0]).read())\n")
        for source, words in refused.items():
            result = driver.score(driver.folder.add_items(1, source))
            self.assert_failed(result, "return_type", "run() returned", *words)

    def test_coroutine_of_a_hidden_async_function_is_refused(self):
        script = """
            import functools
            async def score(mini_batch): return mini_batch
            def init(): pass
            def run(mini_batch): return score(mini_batch)
        """
        driver = self.begin(script)
        self.assert_failed(driver.score(driver.folder.add_items(1)), "return_type", "coroutine", "asyncio.run")

    def test_iterator_that_raises_half_way_fails_the_attempt_as_a_whole(self):
        body = "def rows():\n    yield 'one'\n    raise ValueError('half-way')\nreturn rows()"
        result = self.run_body(body)
        error = self.assert_failed(result, "exception", "half-way")
        self.assertIn("raise ValueError('half-way')", error["traceback"])
        self.assertNotIn("batchwise_worker", error["traceback"])

    def test_iterator_that_raises_after_parts_were_sent_fails_the_attempt_as_a_whole(self):
        body = "def rows():\n    yield 'x' * 3000000\n    raise ValueError('late')\nreturn rows()"
        self.assert_failed(self.run_body(body), "exception", "late")

    def test_iterator_that_exits_is_an_exit(self):
        self.assert_failed(self.run_body("import sys\nreturn (sys.exit(3) for _ in 'a')"), "exit", "sys.exit(3)")

    def test_value_whose_format_fails(self):
        body = "class Bad:\n    def __format__(self, spec):\n        raise OSError('no text')\nreturn [Bad()]"
        error = self.assert_failed(self.run_body(body), "format", "no text")
        self.assertIn("raise OSError('no text')", error["traceback"])


class LargeResultsTest(WorkerTestCase):
    def test_rows_beyond_a_part_come_whole(self):
        for body in (
            "return ['x' * 5000000]",
            "return ['y' * 1000] * 5000",
            "return ('z' * 100 for _ in range(30000))",
        ):
            result = self.run_body(body)
            rows = result["rows"]
            self.assertEqual(result["data"].count(b"\n"), rows)
            self.assertGreater(result["extra"]["part_bytes"], 1 << 20)
            self.assertEqual(len(result["data"]), result["extra"]["part_bytes"] + result["bytes"])
            self.assertEqual(crc32(result["data"]), result["crc"])

    def test_memory_stays_flat_however_many_rows_a_generator_yields(self):
        driver = self.begin_run("return ('r' * 999 for _ in range(int(open(mini_batch[0]).read())))")
        small = driver.score(driver.folder.add_items(1, "20"))["extra"]["max_rss"]
        driver.send_run((1, driver.folder.add_items(1, "200000")))
        size = 0
        while True:
            header, payload = driver.receive()
            self.assertLessEqual(len(payload), (1 << 20) + 1000)
            size += len(payload)
            if header["t"] == "done":
                break
        self.assertEqual(size, 200_000_000)
        large = header["r"][0][12].get("max_rss", small)
        self.assertLess(large - small, 20 << 20)
