"""Whether control can reach the end of a function."""

import ast

from batchwise_lint.module import EXITS, SCOPES, dotted


def completes(body):
    """Whether control can pass the last statement. In doubt it can, save where a reader would say that it cannot:
    `while True`, a call of sys.exit(), a match with a case for everything."""
    return all(completes_one(node) for node in body)


def completes_one(node):
    if isinstance(node, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
        return False
    if isinstance(node, ast.If):
        return completes(node.body) or completes(node.orelse)
    if isinstance(node, ast.While) and is_true(node.test):
        return has_break(node)
    if isinstance(node, (ast.While, ast.For, ast.AsyncFor)):
        return completes(node.orelse) or has_break(node)
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return completes(node.body) or any(swallows(item.context_expr) for item in node.items)
    if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
        through = completes(node.body + node.orelse) or any(completes(each.body) for each in node.handlers)
        return through and completes(node.finalbody)
    if type(node).__name__ == "Match":
        takes_all = any(each.guard is None and getattr(each.pattern, "pattern", 0) is None for each in node.cases)
        return not takes_all or any(completes(each.body) for each in node.cases)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return dotted(node.value.func) not in EXITS
    if isinstance(node, ast.Assert):
        return not (isinstance(node.test, ast.Constant) and not node.test.value)
    return True


def find_leak(body):
    """The statement through which control leaves a body that completes."""
    node = body[-1]
    if isinstance(node, ast.If):
        if completes(node.body):
            return find_leak(node.body)
        return find_leak(node.orelse) if node.orelse else node
    if isinstance(node, ast.Try) and completes(node.finalbody):
        leaking = next((each for each in node.handlers if completes(each.body)), None)
        if not completes(node.body + node.orelse) and leaking is not None:
            return leaking
        return find_leak(node.orelse or node.body)
    if isinstance(node, (ast.With, ast.AsyncWith)) and completes(node.body):
        return find_leak(node.body)
    return node


def is_true(test):
    return isinstance(test, ast.Constant) and bool(test.value)


def swallows(manager):
    name = dotted(manager.func) if isinstance(manager, ast.Call) else None
    return name is not None and name.split(".")[-1] == "suppress"


def has_break(loop):
    """Whether a `break` of this very loop stands in it."""
    waiting = list(loop.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, (ast.While, ast.For, ast.AsyncFor)):
            waiting.extend(node.orelse)
        elif not isinstance(node, SCOPES):
            waiting.extend(ast.iter_child_nodes(node))
    return False
