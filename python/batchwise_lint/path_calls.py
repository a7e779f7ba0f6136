"""Calls that read or write a file whose path they are given."""

import ast

from batchwise_lint.module import dotted, find_argument, last_name

# Method or function to the place of the path among its arguments, and its keyword.
READERS = {
    "read_csv": (0, "filepath_or_buffer"),
    "read_table": (0, "source"),
    "read_json": (0, "path_or_buf"),
    "read_parquet": (0, "path"),
    "read_feather": (0, "path"),
    "read_excel": (0, "io"),
    "read_pickle": (0, "filepath_or_buffer"),
    "load_model": (0, "model_uri"),
    "InferenceSession": (0, "path_or_bytes"),
    "loadtxt": (0, "fname"),
    "genfromtxt": (0, "fname"),
    "imread": (0, "filename"),
    "listdir": (0, "path"),
}
# `load` says something for these only: elsewhere it takes an open file or a name.
LOADERS = {"joblib", "np", "numpy", "torch", "torch.jit"}
WRITERS = {
    "to_csv": (0, "path_or_buf"),
    "to_json": (0, "path_or_buf"),
    "to_parquet": (0, "path"),
    "to_feather": (0, "path"),
    "to_excel": (0, "excel_writer"),
    "to_pickle": (0, "path"),
    "savetxt": (0, "fname"),
    "savez": (0, "file"),
    "savefig": (0, "fname"),
    "imwrite": (0, "filename"),
    "write_table": (1, "where"),
    "write_feather": (1, "dest"),
}
COPIERS = {"shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.move"}


def find_read(call):
    """The path that a call reads, or None."""
    name, owner = last_name(call.func), owner_of(call)
    if name in READERS:
        index, keyword = READERS[name]
        return find_argument(call, index, keyword)
    if name == "load" and owner in LOADERS:
        return find_argument(call, 0, "filename", "file", "f")
    if name == "open" and owner in (None, "io", "gzip", "Image", "PIL.Image"):
        return None if opens_to_write(call, 1) else find_argument(call, 0, "file", "filename")
    if name in ("read_text", "read_bytes") or (name == "open" and is_path(call) and not opens_to_write(call, 0)):
        return call.func.value
    return None


def find_write(call):
    """The path that a call writes, or None."""
    name, owner = last_name(call.func), owner_of(call)
    if name in WRITERS:
        index, keyword = WRITERS[name]
        return find_argument(call, index, keyword)
    if name == "save":
        # np.save(path, array) and image.save(path) have the path first, torch.save(object, path) second.
        return find_argument(call, 1 if owner == "torch" else 0, "file", "f", "fp")
    if dotted(call.func) in COPIERS:
        return find_argument(call, 1, "dst")
    if dotted(call.func) in ("joblib.dump", "skops.io.dump"):
        return find_argument(call, 1, "filename", "file")
    if name == "open" and owner in (None, "io", "gzip") and opens_to_write(call, 1):
        return find_argument(call, 0, "file", "filename")
    if name in ("write_text", "write_bytes") or (name == "open" and is_path(call) and opens_to_write(call, 0)):
        return call.func.value
    return None


def owner_of(call):
    """What stands before the last dot: None for a plain name, "" for what is no dotted name itself."""
    return (dotted(call.func.value) or "") if isinstance(call.func, ast.Attribute) else None


def is_path(call):
    """`path.open(...)` rather than `gzip.open(path)`: the path stands before the dot."""
    if not isinstance(call.func, ast.Attribute):
        return False
    return not call.args or (isinstance(call.args[0], ast.Constant) and set(str(call.args[0].value)) <= set("rwxabt+"))


def opens_to_write(call, index):
    mode = find_argument(call, index, "mode")
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set("wax+") & set(mode.value))
