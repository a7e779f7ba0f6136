"""Files as the model takes them: tables with the types of its signature, images as arrays with a batch dimension.

| ending | read as |
|---|---|
| .csv .parquet .pqt .json .jsonl .ndjson | DataFrame, columns in the types of the signature; for a tensor an array |
| .png .jpg .jpeg .tif .tiff .bmp .gif | array of one image, in type and shape of the tensor; else uint8 |

Types matter: MLflow itself refuses an integer column where the signature says double, and the reverse.
"""

import os

import mlflow_score_types as types

TABLES = {
    ".csv": "read_csv",
    ".parquet": "read_parquet",
    ".pqt": "read_parquet",
    ".json": "read_json",
    ".jsonl": "read_json_lines",
    ".ndjson": "read_json_lines",
}
IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif")


class Refusal(Exception):
    """This file cannot be scored, however often it is tried; the message says why."""


class FileReader:
    """Reads files for one model. `schema` is the input part of its signature (mlflow.types.Schema), or None."""

    def __init__(self, schema):
        self._tensor = None
        self._columns = None
        if schema is not None and schema.is_tensor_spec():
            tensors = schema.inputs
            if len(tensors) == 1 and not tensors[0].name:
                self._tensor = tensors[0]
            else:
                self._columns = [(tensor.name, types.COLUMN_TYPES.get(tensor.type.name)) for tensor in tensors]
        elif schema is not None:
            # From 2.10 on a type may also be an Array or Object, which has no name; its values are taken as they are.
            self._columns = [(column.name, getattr(column.type, "name", None)) for column in schema.inputs]

    def read(self, path):
        """(what predict() takes, whether it is a table). Raises Refusal for a file that will never do."""
        ending = os.path.splitext(path)[1].lower()
        if ending in IMAGES:
            return self._read_image(path), False
        if ending not in TABLES:
            what = (
                "File type '%s' is not supported" % ending[1:]
                if ending
                else "A file without an ending is not supported"
            )
            raise Refusal("%s; wanted: %s" % (what, ", ".join(e[1:] for e in [*TABLES, *IMAGES])))
        try:
            frame = getattr(self, "_" + TABLES[ending])(path)
            if self._tensor is not None:
                return types.frame_to_tensor(frame, self._tensor), True
            return frame, True
        except ImportError as error:
            raise Refusal("%s files need a package that the environment lacks: %s" % (ending[1:], error)) from error
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise Refusal("Exception: %s" % (str(error).strip() or type(error).__name__)) from error

    def _read_csv(self, path):
        import pandas

        wanted = types.numpy_types(self._columns, self._tensor)
        try:
            frame = pandas.read_csv(path, dtype=wanted)
        except ValueError as error:
            place = types.find_misfit(pandas, path, self._columns)
            raise ValueError(place or str(error)) from error
        return types.cast_frame(frame, self._columns)

    def _read_parquet(self, path):
        import pandas

        # Opened here: given a path, pandas would also look for partitions in the names of its folders, and wrap up
        # errors of the system.
        with open(path, "rb") as file:
            try:
                frame = pandas.read_parquet(file)
            except OSError as error:
                if error.errno is not None:
                    raise
                raise ValueError(str(error)) from error
        return types.cast_frame(frame, self._columns)

    def _read_json(self, path):
        import json

        with open(path, encoding="utf-8-sig") as file:
            content = json.load(file)
        return types.cast_frame(frame_from_json(content), self._columns)

    def _read_json_lines(self, path):
        import json

        with open(path, encoding="utf-8-sig") as file:
            records = [json.loads(line) for line in file if line.strip()]
        return types.cast_frame(frame_from_json(records), self._columns)

    def _read_image(self, path):
        try:
            from PIL import Image
        except ImportError as error:
            raise Refusal("images need Pillow, which the environment lacks: add pillow to it") from error
        wanted = types.count_channels(self._tensor)
        try:
            with Image.open(path) as image:
                array = types.image_to_array(image, wanted)
        except (ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise Refusal("Exception: %s" % error) from error
        except OSError as error:
            if error.errno is not None:
                raise
            # Pillow has no errors of its own for a broken image.
            raise Refusal("Exception: %s" % error) from error
        try:
            return types.array_to_tensor(array, self._tensor)
        except ValueError as error:
            raise Refusal("Exception: %s" % error) from error


def frame_from_json(content):
    """A list of records, a map of columns, or one of the shapes that MLflow's own server takes."""
    import pandas

    if isinstance(content, dict):
        if "dataframe_split" in content:
            content = content["dataframe_split"]
        if "dataframe_records" in content:
            content = content["dataframe_records"]
        for key in ("inputs", "instances"):
            if list(content) == [key]:
                content = content[key]
    if isinstance(content, dict) and "data" in content and set(content) <= {"columns", "index", "data"}:
        return pandas.DataFrame(content["data"], columns=content.get("columns"))
    if isinstance(content, dict) and not any(isinstance(value, (list, dict)) for value in content.values()):
        content = [content]
    if not isinstance(content, (list, dict)):
        raise ValueError("a list of records or a map of columns is wanted, found %s" % type(content).__name__)
    return pandas.DataFrame(content)
