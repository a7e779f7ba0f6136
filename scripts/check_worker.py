"""Holds the Python that runs beside scoring scripts to the standard library, and to syntax that Python 3.8 reads.

The worker runs in the scoring script's environment, of which we know nothing. Packages that a script may have (pandas
and its kind) may be imported inside a function only, where the code has made sure that the script uses them.
"""

import ast
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ("batchwise_worker", "batchwise_lint")
IN_FUNCTIONS = {"numpy", "pandas", "pyarrow"}


def check_file(path):
    """Yield one line of text for each problem in a file."""
    name = path.relative_to(ROOT)
    try:
        tree = ast.parse(path.read_bytes(), filename=str(name), feature_version=(3, 8))
    except SyntaxError as error:
        yield "%s:%s: Python 3.8 cannot read this: %s" % (name, error.lineno, error.msg)
        return
    for node, in_function in walk(tree, False):
        for module in imported_modules(node):
            top = module.split(".")[0]
            if top in sys.stdlib_module_names or top in PACKAGES:
                continue
            if top in IN_FUNCTIONS and in_function:
                continue
            yield "%s:%s: imports %s, which is not in the standard library" % (name, node.lineno, module)


def walk(node, in_function):
    """Yield each node below with whether it lies inside a function."""
    for child in ast.iter_child_nodes(node):
        yield child, in_function
        yield from walk(child, in_function or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))


def imported_modules(node):
    """Name the modules that one statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module]
    return []


def main():
    """Check every file of the package; the exit code says whether all is well."""
    files = sorted(path for package in PACKAGES for path in (ROOT / "python" / package).rglob("*.py"))
    problems = [problem for path in files for problem in check_file(path)]
    for problem in problems:
        print(problem, file=sys.stderr)
    if not files:
        print("there is no worker to check in python/", file=sys.stderr)
    sys.exit(1 if problems or not files else 0)


if __name__ == "__main__":
    main()
