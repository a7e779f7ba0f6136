"""The parts of the MLflow driver by themselves, with MLflow's own schemas; driver.test.ts runs it."""

import math
import sys
import tempfile
import unittest
from pathlib import Path

import numpy
import pandas
from mlflow.types import ColSpec, Schema, TensorSpec
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python" / "batchwise_mlflow"))
import mlflow_score  # noqa: E402
import mlflow_score_files as files  # noqa: E402
import mlflow_score_rows as rows  # noqa: E402
import mlflow_score_types as types  # noqa: E402


class FolderCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)


def column_reader(**columns):
    return files.FileReader(Schema([ColSpec(kind, name) for name, kind in columns.items()]))


class ColumnTypesTest(FolderCase):
    def test_each_type_is_read_from_text_as_the_signature_has_it(self):
        reader = column_reader(i="integer", l="long", f="float", d="double", b="boolean", s="string", t="datetime")
        frame, is_table = reader.read(
            self.write(
                "x.csv", "i,l,f,d,b,s,t,extra\n1,2,3,4,true,007,2024-01-31,x\n1,2,3.5,,False,,2024-02-01 10:00,y\n"
            )
        )
        self.assertTrue(is_table)
        kinds = {name: str(frame[name].dtype) for name in "ilfdb"}
        self.assertEqual(kinds, {"i": "int32", "l": "int64", "f": "float32", "d": "float64", "b": "bool"})
        self.assertEqual(frame["s"][0], "007")
        self.assertEqual(frame["t"][1], pandas.Timestamp("2024-02-01 10:00"))
        self.assertTrue(math.isnan(frame["d"][1]))

    def test_misfits_are_named_with_column_and_row(self):
        cases = [
            ("long", "1\nvalue", "invalid literal for int() with base 10: 'value' (column 'a', row 1)"),
            ("long", "1\n2.5", "invalid literal for int() with base 10: '2.5' (column 'a', row 1)"),
            ("double", "1\nx", "could not convert string to float: 'x' (column 'a', row 1)"),
            ("boolean", "true\nyes", "invalid literal for bool: 'yes' (column 'a', row 1)"),
            ("integer", "1\n99999999999", "cannot safely convert"),
        ]
        for kind, text, message in cases:
            with self.subTest(kind=kind, text=text), self.assertRaises(files.Refusal) as caught:
                column_reader(a=kind).read(self.write("x.csv", "a\n%s\n" % text))
            self.assertIn(message, str(caught.exception))
        with self.assertRaises(files.Refusal) as caught:
            column_reader(a="long", b="long").read(self.write("x.csv", "a,b\n1,1\n,1\n"))
        self.assertIn("column 'a', row 1 is empty", str(caught.exception))

    def test_values_of_typed_files_are_cast_where_nothing_is_lost(self):
        cast = types.cast_column
        self.assertEqual(cast(pandas.Series([1, 2]), "double").dtype, "float64")
        self.assertEqual(cast(pandas.Series([1.0, 2.0]), "long").tolist(), [1, 2])
        self.assertEqual(cast(pandas.Series([1, 0]), "boolean").tolist(), [True, False])
        self.assertEqual(cast(pandas.Series([1, None, "x"], dtype=object), "string").dropna().tolist(), ["1", "x"])
        for values, kind in [
            ([1.5], "long"),
            ([math.nan], "long"),
            ([math.inf], "integer"),
            ([2**31], "integer"),
            ([2], "boolean"),
            (["x"], "double"),
        ]:
            with self.subTest(values=values, kind=kind), self.assertRaises((ValueError, OverflowError)):
                cast(pandas.Series(values), kind)

    def test_columns_without_names_go_by_their_place(self):
        reader = files.FileReader(Schema([ColSpec("double"), ColSpec("long")]))
        frame, _ = reader.read(self.write("x.json", '[{"x": 1, "y": 2.0}]'))
        self.assertEqual([str(kind) for kind in frame.dtypes], ["float64", "int64"])

    def test_json_is_read_in_each_shape(self):
        reader = column_reader(a="long")
        for text in [
            '[{"a": 1}, {"a": 2}]',
            '{"a": [1, 2]}',
            '{"dataframe_records": [{"a": 1}, {"a": 2}]}',
            '{"dataframe_split": {"columns": ["a"], "index": [0, 1], "data": [[1], [2]]}}',
            '{"columns": ["a"], "data": [[1], [2]]}',
            '{"inputs": {"a": [1, 2]}}',
            '{"instances": [{"a": 1}, {"a": 2}]}',
        ]:
            with self.subTest(text=text):
                self.assertEqual(reader.read(self.write("x.json", text))[0]["a"].tolist(), [1, 2])
        self.assertEqual(reader.read(self.write("x.json", '\ufeff{"a": 1}'))[0]["a"].tolist(), [1])
        for text in ["1", '"text"', "[1"]:
            with self.subTest(text=text), self.assertRaises(files.Refusal):
                reader.read(self.write("x.json", text))

    def test_tensors_with_names_take_columns(self):
        reader = files.FileReader(Schema([TensorSpec(numpy.dtype("float32"), (-1,), "a")]))
        self.assertEqual(reader.read(self.write("x.csv", "a\n1\n"))[0]["a"].dtype, "float32")

    def test_missing_file_is_no_fault_of_the_file(self):
        with self.assertRaises(FileNotFoundError):
            column_reader(a="long").read(str(self.folder / "gone.csv"))
        with self.assertRaises(FileNotFoundError):
            column_reader(a="long").read(str(self.folder / "gone.parquet"))


class TensorTest(FolderCase):
    def read(self, shape, kind, image):
        path = str(self.folder / "x.png")
        image.save(path)
        tensor = None if shape is None else Schema([TensorSpec(numpy.dtype(kind), shape)])
        return files.FileReader(tensor).read(path)

    def test_images_get_the_shape_that_keeps_their_meaning(self):
        colour = Image.fromarray(numpy.arange(60, dtype="uint8").reshape(4, 5, 3))
        grey = Image.fromarray(numpy.arange(20, dtype="uint8").reshape(4, 5))
        cases = [
            (None, "uint8", colour, (1, 4, 5, 3)),
            ((-1, -1, -1, 3), "float32", colour, (1, 4, 5, 3)),
            ((-1, 3, 4, 5), "float32", colour, (1, 3, 4, 5)),
            ((-1, 3, -1, -1), "uint8", colour, (1, 3, 4, 5)),
            ((4, 5, 3), "uint8", colour, (4, 5, 3)),
            ((-1, 60), "float64", colour, (1, 60)),
            ((-1, -1), "float64", grey, (1, 20)),
            ((-1, 4, 5), "uint8", grey, (1, 4, 5)),
            ((-1, 4, 5, 1), "uint8", grey, (1, 4, 5, 1)),
            ((-1, 1, 4, 5), "uint8", grey, (1, 1, 4, 5)),
            ((-1, 4, 5, 3), "uint8", grey, (1, 4, 5, 3)),
            ((-1, 4, 5, 1), "uint8", colour, (1, 4, 5, 1)),
        ]
        for shape, kind, image, expected in cases:
            with self.subTest(shape=shape, mode=image.mode):
                array, is_table = self.read(shape, kind, image)
                self.assertEqual((array.shape, array.dtype, is_table), (expected, numpy.dtype(kind), False))

    def test_channels_first_is_no_mere_reshape(self):
        pixels = numpy.arange(60, dtype="uint8").reshape(4, 5, 3)
        array, _ = self.read((-1, 3, 4, 5), "uint8", Image.fromarray(pixels))
        self.assertTrue((array[0, 2] == pixels[:, :, 2]).all())

    def test_images_of_another_size_are_refused_and_never_scrambled(self):
        image = Image.fromarray(numpy.zeros((8, 8, 3), "uint8"))
        for shape in [(-1, 4, 4, 3), (-1, 16, 4, 3), (-1, 3, 4, 16), (-1, 60)]:
            with self.subTest(shape=shape), self.assertRaises(files.Refusal):
                self.read(shape, "uint8", image)

    def test_palettes_and_bitmaps_become_colours_and_greys(self):
        palette = Image.fromarray(numpy.zeros((2, 2, 3), "uint8")).convert("P")
        self.assertEqual(self.read(None, None, palette)[0].shape, (1, 2, 2, 3))
        self.assertEqual(self.read(None, None, Image.new("1", (2, 2), 1))[0].tolist(), [[[255, 255], [255, 255]]])

    def test_tables_become_arrays(self):
        frame = pandas.DataFrame({"a": [1, 2], "b": ["3", "4"]})
        array = types.frame_to_tensor(frame, TensorSpec(numpy.dtype("float32"), (-1, 2)))
        self.assertEqual(array.tolist(), [[1, 3], [2, 4]])
        cube = types.frame_to_tensor(pandas.DataFrame([range(6)]), TensorSpec(numpy.dtype("int64"), (-1, 2, 3)))
        self.assertEqual(cube.shape, (1, 2, 3))


class RowsTest(unittest.TestCase):
    def lines(self, result, is_table=True):
        return rows.format_lines(rows.build_frame(result, "x.csv", is_table))

    def test_results_of_each_kind(self):
        self.assertEqual(self.lines(numpy.array([1, 2])), ["0,1,x.csv", "1,2,x.csv"])
        self.assertEqual(self.lines(numpy.array([[1.5], [2.0]])), ["0,1.5,x.csv", "1,2.0,x.csv"])
        self.assertEqual(self.lines(numpy.array([[0.25, 0.75]])), ["0,0.25,0.75,x.csv"])
        self.assertEqual(self.lines(numpy.zeros((1, 2, 2))), ['0,"[[0.0, 0.0], [0.0, 0.0]]",x.csv'])
        self.assertEqual(self.lines(pandas.Series(["a"], index=[7])), ["0,a,x.csv"])
        self.assertEqual(self.lines(pandas.DataFrame({"p": [1], "l": ["x,y"]}, index=[9])), ['0,1,"x,y",x.csv'])
        self.assertEqual(self.lines(["a\nb", 'c"d']), ['0,"a\nb",x.csv', '1,"c""d",x.csv'])
        self.assertEqual(self.lines([{"p": 1, "q": 2}]), ["0,1,2,x.csv"])
        self.assertEqual(self.lines({"p": numpy.array([1, 2]), "q": [3, 4]}), ["0,1,3,x.csv", "1,2,4,x.csv"])
        self.assertEqual(self.lines({"p": 1}), ["0,1,x.csv"])
        self.assertEqual(self.lines("text"), ["0,text,x.csv"])
        self.assertEqual(self.lines(7, is_table=False), ["7,x.csv"])
        self.assertEqual(self.lines([numpy.array([1, 2])], is_table=False), ['"[1, 2]",x.csv'])

    def test_columns_of_the_models_own_keep_their_names(self):
        frame = rows.build_frame(pandas.DataFrame({"file": ["mine"], "row": [5]}), "x.csv", True)
        self.assertEqual(list(frame.columns), ["input_row", "file", "row", "input_file"])


class ModelFolderTest(FolderCase):
    def test_is_found_up_to_one_level_below_the_model(self):
        model = self.folder / "name" / "inner"
        model.mkdir(parents=True)
        (model / "MLmodel").write_text("")
        self.assertEqual(mlflow_score.find_model_folder(str(self.folder)), str(model))
        (self.folder / "name" / "MLmodel").write_text("")
        self.assertEqual(mlflow_score.find_model_folder(str(self.folder)), str(self.folder / "name"))

    def test_none_or_several_are_told(self):
        with self.assertRaisesRegex(RuntimeError, "there is none"):
            mlflow_score.find_model_folder(str(self.folder))
        for name in ("a", "b"):
            (self.folder / "name" / name).mkdir(parents=True)
            (self.folder / "name" / name / "MLmodel").write_text("")
        with self.assertRaisesRegex(RuntimeError, "there are several"):
            mlflow_score.find_model_folder(str(self.folder))


if __name__ == "__main__":
    unittest.main()
