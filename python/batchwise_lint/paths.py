"""Paths in the script: the rules fixed-output-file and relative-path, and what is wanted below AZUREML_MODEL_DIR."""

import ast

from batchwise_lint.module import finding
from batchwise_lint.path_calls import find_read, find_write
from batchwise_lint.path_values import PathValues

EXISTENCE_TESTS = {"exists", "isfile", "isdir", "is_file", "is_dir"}


def find(module):
    values = PathValues(module)
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and not module.is_for_main(node)]
    written = [(call, values.evaluate(find_write(call))) for call in calls if find_write(call) is not None]
    for call, value in written:
        if value is None or value.root != "output" or not value.parts:
            continue
        if module.top_function_of(call) in module.reached:
            name = "/".join(value.parts)
            message = "each mini-batch writes the same file %s in the output folder" % name
            yield finding("fixed-output-file", call, message, path=name)
    made = {value.text() for _, value in written if value is not None and value.root == ""}
    if any(getattr(call.func, "attr", "") == "chdir" for call in calls):
        return
    for call in calls:
        path = find_read(call)
        value = None if path is None else values.evaluate(path)
        if value is None or not value.is_relative_file() or value.text() in made:
            continue
        message = "%r is relative to the worker's scratch folder, where nothing of the script lies" % value.text()
        yield finding("relative-path", call, message, path=value.text())


def collect_model_paths(module):
    """What the script looks for below AZUREML_MODEL_DIR, where that can be read off, except what it tests for first."""
    values = PathValues(module)
    found, tested = [], []
    waiting = [module.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.expr):
            value = values.evaluate(node)
            if value is not None and value.root == "model" and not isinstance(node, ast.Name):
                (tested if is_tested(module, node) else found).append((value, node))
                continue  # what it is made of says less
            if isinstance(node, ast.Name) and is_tested(module, node):
                assigned = [values.evaluate(each) for each in values.find_assigned(node)]
                tested.extend((each, node) for each in assigned if each is not None)
        waiting.extend(ast.iter_child_nodes(node))
    known = [value.parts for value, _ in tested]
    places = {}
    for value, node in found:
        if value.parts and value.parts not in known and not any(set("*?[") & set(part) for part in value.parts):
            place = {"parts": value.parts, "line": node.lineno, "column": node.col_offset + 1}
            places.setdefault(tuple(value.parts), place)
    return sorted(places.values(), key=lambda place: (place["line"], place["column"]))


def is_tested(module, node):
    """`os.path.exists(x)` and `x.is_file()`."""
    around = module.parents.get(node)
    call = module.parents.get(around) if isinstance(around, ast.Attribute) else around
    name = getattr(getattr(call, "func", None), "attr", None) if isinstance(call, ast.Call) else None
    return name in EXISTENCE_TESTS
