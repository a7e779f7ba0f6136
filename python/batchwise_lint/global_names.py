"""Names that init() sets for run(): the rule forgotten-global."""

import ast
import builtins

from batchwise_lint.module import finding, walk_own


def find(module):
    init = module.functions.get("init")
    if init is None or "*" in module.bound:
        return
    declared = names_declared_global(module)
    stored = {}
    for node in walk_own(init):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stored.setdefault(node.id, node)
    for name, node in stored.items():
        if name in declared or name in module.bound or hasattr(builtins, name):
            continue
        for function in module.reached:
            if function is not init and reads_from_module(function, name):
                message = "%s() uses %s, which init() sets as a local name only" % (function.name, name)
                yield finding("forgotten-global", node, message)
                break


def names_declared_global(module):
    return {name for node in ast.walk(module.tree) if isinstance(node, ast.Global) for name in node.names}


def reads_from_module(function, name):
    """Whether a function reads a name that neither it nor a function inside it binds."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    is_parameter = any(isinstance(node, ast.arg) and node.arg == name for node in ast.walk(function))
    is_bound = any(not isinstance(node.ctx, ast.Load) for node in names) or any(
        isinstance(node, (ast.Import, ast.ImportFrom))
        and any((alias.asname or alias.name).split(".")[0] == name for alias in node.names)
        or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and node.name == name
        or isinstance(node, ast.ExceptHandler)
        and node.name == name
        for node in ast.walk(function)
    )
    return bool(names) and not is_parameter and not is_bound
