"""Output formats: the bytes that elements become. DataFrames and arrays: test_pandas.py."""

import csv
import io
import json
from zlib import crc32

from .small_driver import WorkerTestCase


class AzuremlRowsTest(WorkerTestCase):
    def test_elements_are_written_as_format_does(self):
        result = self.run_body("return ['a', 1, 1.5, None, {'k': [1]}, 'two\\nlines', True, 'ü']", items=1)
        self.assertEqual(result["data"].decode(), "a\n1\n1.5\nNone\n{'k': [1]}\ntwo\nlines\nTrue\nü\n")
        self.assertEqual((result["rows"], result["elements"], result["scored"]), (8, 8, 1))

    def test_crc_covers_all_rows(self):
        result = self.run_body("return ['a', 'b']")
        self.assertEqual(result["crc"], crc32(result["data"]))

    def test_no_rows(self):
        result = self.run_body("return []")
        self.assertEqual((result["data"], result["crc"], result["rows"]), (b"", 0, 0))


class FailedFormatTest(WorkerTestCase):
    def test_rows_before_a_failure_do_not_turn_up_in_the_next_attempt(self):
        for output_format in ("azureml", "csv", "jsonl"):
            body = """
                class Bad:
                    def __str__(self):
                        raise ValueError
                    __format__ = __str__
                return ['left over', Bad()] if len(mini_batch) == 1 else ['a', 'b']
            """
            driver = self.begin_run(body, output_format=output_format)
            paths = driver.folder.add_items(2)
            for number in range(3):
                self.assert_failed(driver.score(paths[:1], number), "format")
                self.assertNotIn(b"left over", driver.score(paths, number)["data"])


class JsonlRowsTest(WorkerTestCase):
    def rows(self, body, items=1):
        result = self.run_body(body, items, output_format="jsonl")
        self.assertIn("data", result, result)
        return [json.loads(line, parse_constant=self.fail) for line in result["data"].decode().splitlines()]

    def test_elements(self):
        rows = self.rows("return [1, 'a', {'label': 'x', 'p': [0.5]}, {'file': 'own'}, [1, (2,)]]")
        name = "item00.txt"
        expected = [
            {"file": name, "prediction": 1},
            {"file": name, "prediction": "a"},
            {"file": name, "label": "x", "p": [0.5]},
            {"file": "own"},
            {"file": name, "prediction": [1, [2]]},
        ]
        self.assertEqual(rows, expected)

    def test_values_beyond_json(self):
        body = """
            import datetime, decimal, enum, pathlib, uuid, dataclasses
            class Color(enum.Enum):
                RED = "red"
            @dataclasses.dataclass
            class Point:
                x: int
                y: float
            return [
                float("nan"), float("inf"), [1.0, -float("inf")], 2**63 + 1, 2**200,
                decimal.Decimal("0.10"), datetime.datetime(2024, 2, 3, 4, 5), datetime.date(2024, 2, 3),
                datetime.timedelta(seconds=90), pathlib.PurePosixPath("/a/b"), uuid.UUID(int=1), Color.RED,
                Point(1, float("nan")), "nul\\0", "u2028\\u2028", "bad\\udcff", True, None, {1: 2},
            ]
        """
        rows = [row["prediction"] if "prediction" in row else row for row in self.rows(body)]
        expected = [None, None, [1.0, None], 2**63 + 1, 2**200]
        expected += ["0.10", "2024-02-03T04:05:00", "2024-02-03", 90.0, "/a/b"]
        expected += ["00000000-0000-0000-0000-000000000001", "red", {"x": 1, "y": None}]
        expected += ["nul\0", "u2028\u2028", "bad\udcff", True, None, {"file": "item00.txt", "1": 2}]
        self.assertEqual(rows, expected)

    def test_values_that_are_refused(self):
        for value, words in (
            ("b'x'", "base64"),
            ("{1, 2}", "sorted"),
            ("object()", "type object"),
            ("{'a': b'x'}", "bytes"),
            ("{(1, 2): 3}", "tuple"),
        ):
            result = self.run_body("return [%s]" % value, output_format="jsonl")
            self.assert_failed(result, "format", words)

    def test_value_that_contains_itself_is_refused(self):
        self.assert_failed(self.run_body("a = []\na.append(a)\nreturn a", output_format="jsonl"), "format")


class CsvRowsTest(WorkerTestCase):
    def rows(self, body, items=1):
        result = self.run_body(body, items, output_format="csv")
        self.assertIn("data", result, result)
        self.assertEqual(result["extra"]["columns"], ["file", "prediction"])
        return list(csv.reader(io.StringIO(result["data"].decode(), newline="")))

    def test_cells_are_quoted_as_rfc_4180_says(self):
        values = ["plain", "a,b", 'say "x"', "two\nlines", "cr\rcr", "\ufeffbom", "=cmd()", "", " x "]
        rows = self.rows("return %r" % values)
        self.assertEqual([row[1] for row in rows], values)
        self.assertTrue(self.driver.score(self.driver.folder.add_items(1))["data"].startswith(b"item00.txt,plain\r\n"))

    def test_values(self):
        rows = self.rows("return [None, float('nan'), 1.5, 10**20, True, [1, 'a'], {'k': None}]")
        self.assertEqual([row[1] for row in rows], ["", "", "1.5", str(10**20), "True", '[1, "a"]', '{"k": null}'])

    def test_bytes_are_refused(self):
        self.assert_failed(self.run_body("return [b'x']", output_format="csv"), "format", "decode")

    def test_file_is_named_when_it_is_known(self):
        names = ["item00.txt", "item01.txt"]
        self.assertEqual([row[0] for row in self.rows("return [1, 2]", 2)], names)
        self.assertEqual([row[0] for row in self.rows("return iter([1, 2])", 2)], names)
        self.assertEqual([row[0] for row in self.rows("mini_batch.clear(); return [1, 2]", 2)], names)
        self.assertEqual([row[0] for row in self.rows("return [1, 2, 3]", 2)], [""] * 3)
        self.assertEqual([row[0] for row in self.rows("return iter([1])", 2)], [""])
        self.assertEqual([row[0] for row in self.rows("return iter([1, 2, 3])", 1)], names[:1] * 3)

    def test_file_is_relative_to_the_longest_root(self):
        driver = self.start("def init(): pass\ndef run(m): return m", output_format="csv")
        driver.start_keys["input_roots"] = ["/", driver.folder.root, driver.folder.path("input"), "/nowhere"]
        driver.begin()
        data = driver.score(driver.folder.add_items(1))["data"].decode()
        self.assertTrue(data.startswith("item00.txt,/"), data)
