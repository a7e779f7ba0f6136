"""What can be read off about a path without running anything: `os.path.join(os.environ["AZUREML_MODEL_DIR"], "a")`."""

import ast
import posixpath

from batchwise_lint.module import FUNCTIONS, dotted, last_name, walk_own

ROOTS = {"AZUREML_MODEL_DIR": "model", "AZUREML_BI_OUTPUT_PATH": "output"}
PATH_CLASSES = {"Path", "PurePath", "PosixPath", "PurePosixPath"}
SAME_PATH = {"str", "os.fspath", "os.path.abspath", "os.path.normpath", "os.path.realpath", "abspath", "realpath"}
SAME_PATH_METHODS = {"resolve", "absolute", "as_posix", "expanduser"}


class PathValue:
    """A path that is known whole. `root`: "model", "output", or "" for a path that the script writes out."""

    def __init__(self, root, parts):
        self.root = root
        self.parts = [part for part in parts if part not in ("", ".")]
        self.is_absolute = bool(parts) and parts[0] == ""

    def text(self):
        return ("/" if self.is_absolute else "") + "/".join(self.parts)

    def is_relative_file(self):
        text = self.text()
        return self.root == "" and not self.is_absolute and text != "" and ":" not in text and not text.startswith("~")


class PathValues:
    """Evaluates expressions; None for whatever is not sure."""

    def __init__(self, module):
        self.module = module
        self.cache = {}
        self.in_work = set()
        self.top = Names()
        for node in walk_own(module.tree):
            self.top.add(node)
        self.local = {}
        for function in ast.walk(module.tree):
            if not isinstance(function, FUNCTIONS):
                continue
            names = Names()
            outer = {name for node in walk_own(function) if isinstance(node, ast.Global) for name in node.names}
            for node in walk_own(function):
                names.add(node, outer, self.top)
            for argument in ast.walk(function.args):
                if isinstance(argument, ast.arg):
                    names.spoil(argument.arg)
            self.local[function] = names

    def evaluate(self, node):
        if node is None or node in self.in_work:
            return None
        if node not in self.cache:
            self.in_work.add(node)
            self.cache[node] = self._evaluate(node)
            self.in_work.discard(node)
        return self.cache[node]

    def _evaluate(self, node):
        if isinstance(node, ast.Constant):
            return PathValue("", node.value.split("/")) if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self._evaluate_name(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._join([node.left, node.right])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._concatenate([node.left, node.right])
        if isinstance(node, ast.JoinedStr):
            return self._concatenate(
                [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
            )
        variable = read_variable(node)
        if variable is not None:
            return PathValue(ROOTS[variable], []) if variable in ROOTS else None
        return self._evaluate_call(node) if isinstance(node, ast.Call) else None

    def _evaluate_name(self, node):
        expressions = self.find_assigned(node)
        return self.evaluate(expressions[0]) if len(expressions) == 1 else None

    def find_assigned(self, node):
        """The expressions that a name may stand for; None among them when it is bound in another way."""
        function = self.module.function_of(node)
        while function is not None:
            if node.id in self.local[function].values:
                return self.local[function].values[node.id]
            function = self.module.function_of(function)
        return self.top.values.get(node.id, [])

    def _evaluate_call(self, node):
        name = dotted(node.func) or ""
        if any(isinstance(each, ast.Starred) for each in node.args) or node.keywords:
            return None
        if name.endswith("path.join") or name.split(".")[-1] in PATH_CLASSES:
            return self._join(node.args)
        if name in SAME_PATH and len(node.args) == 1:
            return self.evaluate(node.args[0])
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "joinpath":
                return self._join([node.func.value] + node.args)
            if node.func.attr in SAME_PATH_METHODS and not node.args:
                return self.evaluate(node.func.value)
        return None

    def _join(self, nodes):
        values = [self.evaluate(node) for node in nodes]
        if not values or any(value is None for value in values):
            return None
        start = max(at for at, value in enumerate(values) if at == 0 or value.root or value.is_absolute)
        first = values[start]
        parts = [part for value in values[start:] for part in value.parts]
        return PathValue(first.root, ([""] if first.is_absolute else []) + normalize(parts))

    def _concatenate(self, nodes):
        """Text put together: a root may only stand first, and a slash has to follow it."""
        root, text = "", ""
        for at, node in enumerate(nodes):
            value = self.evaluate(node)
            if value is None or (value.root and at > 0):
                return None
            if isinstance(node, ast.Constant):
                text += node.value
            elif value.root:
                root, text = value.root, "/" + value.text() if value.parts else ""
            else:
                text += value.text()
        if root == "":
            return PathValue("", text.split("/"))
        return PathValue(root, normalize(text.split("/")[1:])) if text == "" or text.startswith("/") else None


class Names:
    """Name to the expressions that are assigned to it; [None, None] when it is bound in another way."""

    def __init__(self):
        self.values = {}

    def add(self, node, outer=frozenset(), top=None):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and getattr(node, "value", None) is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    names = top if target.id in outer else self
                    names.values.setdefault(target.id, []).append(node.value)
                    target.is_plain = True
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and not hasattr(node, "is_plain"):
            (top if node.id in outer else self).spoil(node.id)

    def spoil(self, name):
        self.values[name] = [None, None]


def read_variable(node):
    """The name in `os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`; None for anything else."""
    if isinstance(node, ast.Subscript) and last_name(node.value) == "environ":
        key = getattr(node.slice, "value", node.slice) if type(node.slice).__name__ == "Index" else node.slice
    elif isinstance(node, ast.Call) and node.args:
        name = dotted(node.func) or ""
        key = node.args[0] if name.endswith("getenv") or name.endswith("environ.get") else None
    else:
        key = None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def normalize(parts):
    """Without `.` and `..`, as far as they stay below the first part."""
    path = posixpath.normpath("/".join(part for part in parts if part != "")) if parts else ""
    return path.split("/")
