"""DataFrames, Series and arrays in every format, with the real libraries."""

import csv
import io
import json

from .pandas_env import find_pandas_python
from .small_driver import WorkerTestCase, indent


class PandasTestCase(WorkerTestCase):
    output_format = "azureml"

    @classmethod
    def setUpClass(cls):
        cls.python = find_pandas_python()

    def score_body(self, body, items=2, **options):
        """Result of run() with the given body; numpy is np, pandas is pd."""
        options.setdefault("output_format", self.output_format)
        script = "import numpy as np\nimport pandas as pd\ndef init(): pass\ndef run(mini_batch):\n" + indent(body)
        driver = self.begin(script, python=self.python, **options)
        return driver.score(driver.folder.add_items(items))

    def score_text(self, body, items=2):
        result = self.score_body(body, items)
        self.assertIn("data", result, result)
        return result["data"].decode()


class AzuremlTest(PandasTestCase):
    def test_frame_is_written_as_azure_ml_does(self):
        body = "return pd.DataFrame({'a': [1, 2], 'b': ['x y', None], 'c': [0.1, float('nan')], 'd': ['q\"', True]})"
        result = self.score_body(body)
        self.assertEqual(result["data"], b'1 "x y" 0.1 "q"""\n2  "" True\n'.replace(b'"" True', b" True"))
        self.assertEqual((result["rows"], result["elements"], result["scored"]), (2, 2, 2))

    def test_bytes_are_those_of_pandas(self):
        body = """
            days = pd.date_range('2024', periods=5)
            frame = pd.DataFrame({'n': range(5), 't': ['a b', 'c', 'd"e', '', 'ü'], 'w': days})
            open('expected', 'w').write(frame.to_csv(sep=' ', header=False, index=False))
            return [open('expected').read()] if len(mini_batch) == 1 else frame
        """
        self.assertEqual(self.score_text(body, 2) + "\n", self.score_text(body, 1))

    def test_empty_frame_writes_nothing(self):
        result = self.score_body("return pd.DataFrame({'a': []})")
        self.assertEqual((result["data"], result["rows"], result["elements"]), (b"", 0, 0))

    def test_large_frame_comes_in_parts(self):
        result = self.score_body("return pd.DataFrame({'a': range(400000)})")
        self.assertEqual(result["data"], b"".join(b"%d\n" % number for number in range(400000)))
        self.assertEqual((result["rows"], result["scored"]), (400000, 2))

    def test_series_and_arrays(self):
        for body, expected in (
            ("return pd.Series([1.5, 2.5])", "1.5\n2.5\n"),
            ("return pd.Series(['a', 'b'], index=[5, 6])", "a\nb\n"),
            ("return np.array([1, 2])", "1\n2\n"),
            ("return np.array([0.5, 2], dtype='float32')", "0.5\n2.0\n"),
            ("return np.array([[1, 2], [3, 4]])", "[1, 2]\n[3, 4]\n"),
            ("return pd.Index(['a'])", "a\n"),
            ("return list(np.array([1.5]))", "1.5\n"),
            ("return (row for row in np.arange(2))", "0\n1\n"),
        ):
            self.assertEqual(self.score_text(body), expected, body)

    def test_long_array_rows_are_whole(self):
        self.assertEqual(self.score_text("return np.zeros((1, 5000), dtype=int)"), str([0] * 5000) + "\n")

    def test_array_without_dimensions_is_refused(self):
        self.assert_failed(self.score_body("return np.array(1)"), "return_type", "numpy.ndarray", "reshape")

    def test_numpy_scalar_is_refused(self):
        self.assert_failed(self.score_body("return np.float64(1)"), "return_type", "numpy.float64")


class CsvTest(PandasTestCase):
    output_format = "csv"

    def score_rows(self, body, items=2):
        result = self.score_body(body, items)
        self.assertIn("data", result, result)
        return result["extra"]["columns"], list(csv.reader(io.StringIO(result["data"].decode(), newline="")))

    def test_frame_gets_the_column_file(self):
        columns, rows = self.score_rows("return pd.DataFrame({'a': [1, 2], 'b': ['x,y', 'two\\nlines']})")
        self.assertEqual(columns, ["file", "a", "b"])
        self.assertEqual(rows, [["item00.txt", "1", "x,y"], ["item01.txt", "2", "two\nlines"]])

    def test_frame_of_other_length_has_no_file(self):
        _, rows = self.score_rows("return pd.DataFrame({'a': [1, 2, 3]})")
        self.assertEqual([row[0] for row in rows], ["", "", ""])
        _, rows = self.score_rows("return pd.DataFrame({'a': [1, 2, 3]})", 1)
        self.assertEqual([row[0] for row in rows], ["item00.txt"] * 3)

    def test_column_file_of_the_scripts_own_is_kept(self):
        columns, rows = self.score_rows("return pd.DataFrame({'a': [1, 2], 'file': ['x', 'y']})")
        self.assertEqual((columns, rows), (["a", "file"], [["1", "x"], ["2", "y"]]))

    def test_missing_values_are_empty_and_the_scripts_frame_is_left_alone(self):
        body = """
            days = [pd.NaT, pd.Timestamp('2024-02-03')]
            frame = pd.DataFrame({'a': [1.5, float('nan')], 'b': [None, 'x'], 'c': days})
            global kept
            kept = frame
            return frame
        """
        _, rows = self.score_rows(body)
        self.assertEqual([row[1:] for row in rows], [["1.5", "", ""], ["", "x", "2024-02-03"]])

    def test_empty_frame_still_names_its_columns(self):
        self.assertEqual(self.score_rows("return pd.DataFrame({'a': []})"), (["file", "a"], []))

    def test_elements_of_numpy_and_pandas(self):
        body = "return [np.float32(0.5), np.nan, pd.NA, pd.NaT, np.array([1, 2]), np.int64(3), np.str_('s')]"
        _, rows = self.score_rows(body, 1)
        self.assertEqual([row[1] for row in rows], ["0.5", "", "", "", "[1, 2]", "3", "s"])

    def test_series_and_array_rows(self):
        self.assertEqual([row[1] for row in self.score_rows("return pd.Series([1, 2])")[1]], ["1", "2"])
        self.assertEqual([row[1] for row in self.score_rows("return np.eye(2)")[1]], ["[1.0, 0.0]", "[0.0, 1.0]"])

    def test_list_of_frames_is_refused_with_the_remedy(self):
        self.assert_failed(self.score_body("return [pd.DataFrame({'a': [1]})]"), "format", "pandas.concat")


class JsonlTest(PandasTestCase):
    output_format = "jsonl"

    def score_rows(self, body, items=2):
        return [json.loads(line, parse_constant=self.fail) for line in self.score_text(body, items).splitlines()]

    def test_frame_rows_are_objects_that_keep_their_types(self):
        body = """
            return pd.DataFrame({
                'i': [2**62, 3], 'f': [0.5, float('nan')], 's': ['ü', None], 'b': [True, False],
                't': [pd.Timestamp('2024-02-03 04:05:06'), pd.NaT], 'l': [[1, 2], {'k': np.int8(1)}],
                'c': pd.Categorical(['x', 'y']), 'n': pd.array([1, None], dtype='Int64'),
            })
        """
        first, second = self.score_rows(body)
        self.assertEqual(first["file"], "item00.txt")
        values = {"i": 2**62, "f": 0.5, "s": "ü", "b": True, "t": "2024-02-03T04:05:06", "l": [1, 2], "c": "x", "n": 1}
        self.assertEqual(first, {"file": "item00.txt", **values})
        values = {"i": 3, "f": None, "s": None, "b": False, "t": None, "l": {"k": 1}, "c": "y", "n": None}
        self.assertEqual(second, {"file": "item01.txt", **values})

    def test_column_names_of_any_type(self):
        self.assertEqual(self.score_rows("return pd.DataFrame([[1, 2]])", 1), [{"file": "item00.txt", "0": 1, "1": 2}])

    def test_elements_of_numpy_and_pandas(self):
        body = """
            return [np.float32(0.5), np.float64('nan'), np.int64(2**62), np.bool_(True), np.array([1.0, np.nan]),
                    pd.NA, pd.NaT, pd.Timestamp('2024-02-03'), pd.Timedelta(seconds=3), np.datetime64('2024-02-03'),
                    np.datetime64('2024-02-03T00:00:00.123456789'), pd.Series([1, 2]), {np.int64(1): np.int64(2)}]
        """
        rows = [row["prediction"] if "prediction" in row else row for row in self.score_rows(body, 1)]
        expected = [0.5, None, 2**62, True, [1.0, None], None, None, "2024-02-03T00:00:00", 3.0]
        expected += ["2024-02-03", "2024-02-03T00:00:00.123456789", [1, 2], {"file": "item00.txt", "1": 2}]
        self.assertEqual(rows, expected)

    def test_summary_only_counts_frames(self):
        result = self.score_body("return pd.DataFrame({'a': [1, 2, 3]})", output_action="summary_only")
        self.assertEqual((result["elements"], result["scored"], result["rows"], result["data"]), (3, 2, 0, b""))
