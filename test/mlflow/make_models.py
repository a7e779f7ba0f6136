"""Makes MLflow models and files to score, below the folder that is given: `python make_models.py FOLDER`."""

import json
import os
import sys
import warnings

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
warnings.simplefilter("ignore")

import mlflow.pyfunc  # noqa: E402
import mlflow.sklearn  # noqa: E402
import numpy  # noqa: E402
import pandas  # noqa: E402
from mlflow.models import ModelSignature  # noqa: E402
from mlflow.types import ColSpec, Schema, TensorSpec  # noqa: E402
from PIL import Image  # noqa: E402
from sklearn.tree import DecisionTreeClassifier  # noqa: E402


class Sum(mlflow.pyfunc.PythonModel):
    """a + b, and the types that arrived."""

    def predict(self, context, model_input, params=None):
        kinds = "/".join(str(model_input[name].dtype) for name in ("a", "b"))
        return numpy.array(["%s %s" % (a + b, kinds) for a, b in zip(model_input["a"], model_input["b"])])


class Frame(mlflow.pyfunc.PythonModel):
    """Two columns; a comma and a line break in one of them."""

    def predict(self, context, model_input, params=None):
        labels = ["small" if a < 2 else "big, really\nbig" for a in model_input["a"]]
        return pandas.DataFrame({"preds": model_input["a"] * 2, "labels": labels})


class Describe(mlflow.pyfunc.PythonModel):
    """What arrived: type and shape of an array with the sum of its values, types of a table's columns."""

    def predict(self, context, model_input, params=None):
        if isinstance(model_input, numpy.ndarray):
            return ["%s %s %s" % (model_input.dtype, model_input.shape, model_input.sum())] * len(model_input)
        return ["/".join(str(kind) for kind in model_input.dtypes)] * len(model_input)


class Picky(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if (model_input["a"] == 13).any():
            raise ZeroDivisionError("thirteen is too much")
        return model_input["a"]


def make_models(folder):
    columns = Schema([ColSpec("long", "a"), ColSpec("double", "b")])
    images = Schema([TensorSpec(numpy.dtype("uint8"), (-1, 4, 4, 3))])
    free = Schema([TensorSpec(numpy.dtype("float32"), (-1, -1, -1, 3))])
    vectors = Schema([TensorSpec(numpy.dtype("float32"), (-1, 16))])
    for name, model, inputs in [
        ("sum", Sum(), columns),
        ("frame", Frame(), Schema([ColSpec("long", "a")])),
        ("images", Describe(), images),
        ("free", Describe(), free),
        ("vectors", Describe(), vectors),
        ("plain", Describe(), None),
        ("picky", Picky(), Schema([ColSpec("long", "a")])),
    ]:
        mlflow.pyfunc.save_model(
            os.path.join(folder, name, "model"),
            python_model=model,
            signature=None if inputs is None else ModelSignature(inputs),
            pip_requirements=["mlflow-skinny"],
        )
    features = pandas.DataFrame({"length": [1.0, 2.0, 8.0, 9.0]})
    tree = DecisionTreeClassifier().fit(features, ["short", "short", "long", "long"])
    mlflow.sklearn.save_model(
        tree,
        os.path.join(folder, "tree"),
        signature=mlflow.models.infer_signature(features, tree.predict(features)),
        serialization_format="cloudpickle",
    )


def make_files(folder):
    tables = os.path.join(folder, "tables")
    os.makedirs(os.path.join(tables, "nested", "deeper"))
    write(tables, "1.csv", "a,b\n1,2\n3,4.5\n")
    write(tables, "2 misfit.csv", "a,b\n1,1\nvalue,1\n")
    write(tables, "3 extra.csv", "c,b,a\nx,1,2\n")
    write(tables, "4 missing.csv", "a\n1\n")
    write(tables, "5 no rows.csv", "a,b\n")
    write(tables, "6 empty.csv", "")
    # The types of these are the other way round: integers where the signature says double.
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [1, 2]})
    frame.to_parquet(os.path.join(tables, "7.parquet"))
    frame.to_parquet(os.path.join(tables, "8.PQT"), engine="pyarrow")
    pandas.DataFrame({"a": [1.5], "b": [1]}).to_parquet(os.path.join(tables, "9 half.parquet"))
    write(tables, "a.json", json.dumps([{"a": 5, "b": 1}]))
    write(tables, "b.json", json.dumps({"dataframe_split": {"columns": ["a", "b"], "data": [[6, 1]]}}))
    write(tables, "c.jsonl", '{"a": 7, "b": 1}\n\n{"a": 8, "b": 1}\n')
    write(tables, "d broken.json", "{")
    write(tables, "e.avro", "Obj")
    write(tables, "f", "no ending")
    write(tables, "g damaged.parquet", "PAR1")
    write(os.path.join(tables, "nested", "deeper"), "1.csv", "a,b\n10,20\n")

    images = os.path.join(folder, "images")
    os.makedirs(images)
    pixels = numpy.arange(48, dtype="uint8").reshape(4, 4, 3)
    colour = Image.fromarray(pixels)
    for ending in ("png", "bmp", "tiff", "gif", "JPG", "jpeg"):
        colour.save(os.path.join(images, "colour." + ending))
    Image.fromarray(pixels[:, :, 0].copy()).save(os.path.join(images, "grey.png"))
    Image.fromarray(numpy.zeros((8, 8, 3), "uint8")).save(os.path.join(images, "large.png"))
    write(images, "no image.png", "no image")

    for name, rows in [("ok", "a\n1\n2\n3\n"), ("thirteen", "a\n13\n"), ("fine", "a\n4\n")]:
        os.makedirs(os.path.join(folder, "rows"), exist_ok=True)
        write(os.path.join(folder, "rows"), name + ".csv", rows)
    os.makedirs(os.path.join(folder, "lengths"))
    write(os.path.join(folder, "lengths"), "x.csv", "length\n0.5\n7\n")
    os.makedirs(os.path.join(folder, "sixteen"))
    write(
        os.path.join(folder, "sixteen"), "x.csv", ",".join("c%d" % i for i in range(16)) + "\n" + ",".join(["1"] * 16)
    )
    write(os.path.join(folder, "sixteen"), "y.csv", "a,b\n1,2\n")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


if __name__ == "__main__":
    root = sys.argv[1]
    make_models(os.path.join(root, "models"))
    make_files(root)
