"""The scoring script of an MLflow model that is deployed without one: init() and run() as any scoring script has them.

    for each file: read it by its ending, with the types of the model's signature → predict() → rows

A file that cannot be read, or that does not fit the signature, is refused: a failed item that says why, without
retries, and the others of the mini-batch keep their rows. When predict() raises for some files of a mini-batch and not
for others, those are refused as well; when it raises for all of them, the attempt fails, and is tried again, as the
cause may be the machine.

Rows are what Azure ML writes: `row,<prediction columns>,file` with commas and no header; images have no `row`. With
--output-format csv or jsonl they have names.
"""

import os
import traceback

import mlflow_score_files as files
import mlflow_score_rows as rows

model = None
reader = None


def init():
    """Loads the model below AZUREML_MODEL_DIR by its python_function flavour."""
    global model, reader
    # MLflow reports its use over the network unless it is told not to; what is scored here is nobody else's business.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    folder = find_model_folder(os.environ["AZUREML_MODEL_DIR"])
    try:
        import mlflow.pyfunc
    except ImportError as error:
        raise RuntimeError(
            "an MLflow model without a scoring script needs mlflow (or mlflow-skinny and pandas) in its environment: %s"
            % error
        ) from error
    model = mlflow.pyfunc.load_model(folder)
    reader = files.FileReader(model.metadata.get_input_schema() if model.metadata else None)


def find_model_folder(root):
    """The folder with the file MLmodel: the model itself, or one level further down."""
    level = [root]
    for _ in range(3):
        found = [folder for folder in level if os.path.isfile(os.path.join(folder, "MLmodel"))]
        if found:
            break
        level = [entry.path for folder in level for entry in os.scandir(folder) if entry.is_dir()]
    if len(found) == 1:
        return found[0]
    text = "there is none" if not found else "there are several: %s" % ", ".join(sorted(found))
    raise RuntimeError("looked for the file MLmodel of an MLflow model below %s, and %s" % (root, text))


def run(mini_batch, mini_batch_context):
    """One call of predict() for each file."""
    scored = []
    failures = []
    for index, (path, name) in enumerate(zip(mini_batch, mini_batch_context.item_names)):
        try:
            scored.append(score_file(path, name))
        except files.Refusal as error:
            mini_batch_context.refuse_item(index, "Error processing input file: '%s'. %s" % (name, error))
        except (MemoryError, OSError):
            raise
        except Exception as error:
            traceback.print_exc()
            failures.append((index, name, error))
    if failures and not scored:
        raise failures[0][2]
    for index, name, error in failures:
        text = "Error processing input file: '%s'. Exception: %s" % (name, describe_error(error))
        mini_batch_context.refuse_item(index, text)
    mini_batch_context.scored_items = len(scored)
    frames = [frame for frame in scored if len(frame)]
    if mini_batch_context.output_format == "azureml":
        return [line for frame in frames for line in rows.format_lines(frame)]
    return rows.join_frames(frames)


def score_file(path, name):
    """The rows of one file as a DataFrame."""
    data, is_table = reader.read(path)
    if is_table and len(data) == 0:
        return rows.empty()
    try:
        result = model.predict(data)
    except Exception as error:
        # MLflow's own errors are about the signature: the same file will never fit.
        if type(error).__name__ == "MlflowException":
            raise files.Refusal("Exception: %s" % describe_error(error)) from error
        raise
    return rows.build_frame(result, name, is_table)


def describe_error(error):
    return "%s: %s" % (type(error).__name__, error)
