"""What run() returns: the rules returns-none and wrong-return-type."""

import ast

from batchwise_lint.flow import completes, find_leak
from batchwise_lint.module import dotted, finding, walk_own

KINDS = {str: "text", bytes: "bytes", bool: "a boolean", int: "a number", float: "a number", complex: "a number"}
CALLS = {
    "json.dumps": "text",
    "str": "text",
    "repr": "text",
    "dict": "a dict",
    "set": "a set",
    "frozenset": "a set",
    "len": "a number",
    "int": "a number",
    "float": "a number",
    "bytes": "bytes",
    "json.dumps().encode": "bytes",
}
METHODS = {"to_json": "text", "to_string": "text", "decode": "text", "encode": "bytes"}
TEXT_METHODS = {"join", "format", "strip", "replace"}
REMEDIES = {
    "text": "it would count as one row per character; return [text] for one row",
    "bytes": "return [value.decode()] for one row of text",
    "a dict": "return [value] for one row, or list(value.items()) for one row per entry",
    "a set": "its order changes from process to process; return sorted(value)",
    "a number": "return a list with one element for each file",
    "a boolean": "return a list with one element for each file",
}


def find(module):
    run = module.bound.get("run")
    if not isinstance(run, ast.FunctionDef):
        return
    own = list(walk_own(run))
    if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own):
        return
    for node in own:
        if isinstance(node, ast.Return):
            yield from judge(node, node.value, run)
    if completes(run.body):
        leak = find_leak(run.body)
        yield finding("returns-none", leak, "run() can reach its end from here without a return, and gives None then")


def judge(node, value, run):
    """Findings about one `return`; both branches of a condition count."""
    if isinstance(value, ast.IfExp):
        yield from judge(node, value.body, run)
        yield from judge(node, value.orelse, run)
    elif value is None or (isinstance(value, ast.Constant) and value.value is None):
        yield finding("returns-none", node, "run() returns None here")
    else:
        kind = kind_of(value, run)
        if kind is not None:
            message = "run() returns %s here, which is not rows: %s" % (kind, REMEDIES[kind])
            yield finding("wrong-return-type", node, message)


def kind_of(value, run):
    """What a value is for sure, when that is no rows; None otherwise."""
    if isinstance(value, ast.Name):
        value = find_only_assignment(value.id, run)
    if isinstance(value, ast.Constant):
        return KINDS.get(type(value.value))
    if isinstance(value, ast.JoinedStr):
        return "text"
    if isinstance(value, (ast.Dict, ast.DictComp)):
        return "a dict"
    if isinstance(value, (ast.Set, ast.SetComp)):
        return "a set"
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Mod)):
        return "text" if is_text(value.left) or (isinstance(value.op, ast.Add) and is_text(value.right)) else None
    if isinstance(value, ast.Call):
        name = dotted(value.func)
        if name in CALLS:
            return CALLS[name]
        if isinstance(value.func, ast.Attribute):
            if value.func.attr in TEXT_METHODS and is_text(value.func.value):
                return "text"
            return METHODS.get(value.func.attr)
    return None


def is_text(node):
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def find_only_assignment(name, run):
    """The value of a local name that is set in one place only, or None."""
    stores = [node for node in walk_own(run) if isinstance(node, ast.Name) and node.id == name and is_store(node)]
    values = [
        node.value
        for node in walk_own(run)
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
    ]
    parameters = [each.arg for each in run.args.posonlyargs + run.args.args + run.args.kwonlyargs]
    return values[0] if len(stores) == 1 and len(values) == 1 and name not in parameters else None


def is_store(node):
    return not isinstance(node.ctx, ast.Load)
