"""Names that functions share through the module: the rule forgotten-global."""

import ast
import builtins

from batchwise_lint.module import finding, walk_own


def find(module):
    yield from find_lost(module)
    yield from find_unbound(module)


def find_lost(module):
    """Names that init() sets as local ones, and run() would read."""
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


def find_unbound(module):
    """Names of the module that a function reads, and sets later without `global`: they are local to it then, and
    have no value where they are read."""
    shared = names_declared_global(module) | set(module.bound)
    for function in module.reached + [each for each in [module.functions.get("init")] if each is not None]:
        own = [node for node in walk_own(function) if isinstance(node, ast.Name)]
        outer = {
            name for node in walk_own(function) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names
        }
        parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
        in_comprehensions = {
            id(node) for each in walk_own(function) if is_comprehension(each) for node in ast.walk(each)
        }
        uses = {}
        for node in own:
            if node.id in shared and node.id not in outer | parameters and id(node) not in in_comprehensions:
                uses.setdefault(node.id, []).append(node)
        for name, nodes in sorted(uses.items()):
            first = min(nodes, key=lambda node: (node.lineno, node.col_offset))
            if isinstance(first.ctx, ast.Load) and any(isinstance(node.ctx, ast.Store) for node in nodes):
                message = "%s() reads %s before it sets it; without `global` the name is its own" % (
                    function.name,
                    name,
                )
                yield finding("forgotten-global", first, message)


def is_comprehension(node):
    return isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))


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
