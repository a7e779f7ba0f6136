"""What the script and the user's own modules beside it import from elsewhere."""

import ast
import importlib.machinery
import os
import sys
import sysconfig

from batchwise_worker.check import Problem, parse_source, read_source

MAX_FILES = 200
CATCHES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def collect(module, code_folder, with_installed):
    """One entry for each module that is neither standard library nor beside the script; its first place counts."""
    folders = list(dict.fromkeys([code_folder, os.path.dirname(module.path)]))
    waiting, seen, found = [(module.path, module.tree)], {module.path}, {}
    while waiting:
        path, tree = waiting.pop(0)
        for name, node in list_imports(tree):
            top = name.split(".")[0]
            own = [file for folder in folders for file in find_own(folder, name)]
            for file in own:
                if file not in seen and len(seen) < MAX_FILES:
                    seen.add(file)
                    waiting.extend(read_tree(file))
            is_own = any(os.path.exists(os.path.join(folder, top + end)) for folder in folders for end in ("", ".py"))
            if is_own or is_standard(top) or top in found:
                continue
            found[top] = {
                "module": name,
                "file": path,
                "line": node.lineno,
                "column": node.col_offset + 1,
                "installed": is_installed(top) if with_installed else None,
            }
    return list(found.values())


def list_imports(tree):
    """Name and node of each import that has to succeed."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module, node
        elif isinstance(node, ast.Try) and any(catches_import_error(each) for each in node.handlers):
            waiting.extend(node.finalbody)
            continue
        elif isinstance(node, ast.If) and is_left_out(node.test):
            waiting.extend(node.orelse)
            continue
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def catches_import_error(handler):
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in CATCHES for kind in kinds)


def is_left_out(test):
    """`if TYPE_CHECKING:` and `if __name__ == "__main__":` run in no job."""
    names = {getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(test)}
    return "TYPE_CHECKING" in names or "__name__" in names


def find_own(folder, name):
    """The user's own files behind `a.b.c`."""
    base = os.path.join(folder, *name.split("."))
    candidates = [base + ".py", os.path.join(base, "__init__.py"), os.path.dirname(base) + ".py"]
    return [file for file in candidates if os.path.isfile(file)]


def read_tree(file):
    try:
        return [(file, parse_source(read_source(file), file))]
    except Problem:
        return []


def is_standard(name):
    known = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return name in known
    if name in sys.builtin_module_names:
        return True
    folders = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    folders += [os.path.join(folder, "lib-dynload") for folder in folders]
    return importlib.machinery.PathFinder.find_spec(name, folders) is not None


def is_installed(name):
    return importlib.machinery.PathFinder.find_spec(name) is not None or any(
        getattr(finder, "find_spec", None) is not None and finder.find_spec(name, None) is not None
        for finder in sys.meta_path
        if finder is not importlib.machinery.PathFinder
    )
