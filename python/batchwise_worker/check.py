"""Checks a scoring script without running any of it: `python check.py SCRIPT` prints one JSON object.

    {"python": "3.11.7", "executable": "...", "prefix": "...", "ok": false,
     "error": null or {"kind": ..., "message": ..., "file": ..., "line": ..., "column": ..., "text": ...}}

kind: python_version, not_found, encoding, syntax, no_init, no_run, async, arity. Lines and columns count from 1. The
exit code is 0 whenever the object was printed: a bad script is an answer, not a failure.

The syntax of this file is as old as it gets, so that an interpreter that is too old can say so. Only `sys` and `json`
are imported: the time of this program is part of every start.
"""

# ruff: noqa: B904 (`raise ... from` is no syntax of Python 2)

import json
import sys

OLDEST = (3, 8)
ONLY_AST = 0x400
WANTED = {
    "init": (0, 0, "init() takes no arguments"),
    "run": (
        1,
        2,
        "run(mini_batch) takes the list of file paths, and may take a second argument, the mini_batch_context",
    ),
}


class Problem(Exception):
    def __init__(self, kind, message, line=None, column=None, text=None):
        Exception.__init__(self, message)
        self.answer = {"kind": kind, "message": message, "line": line, "column": column, "text": text}


def check_script(path):
    """Raises Problem for the first thing that keeps the script from being used."""
    if sys.version_info < OLDEST:
        found = ".".join([str(part) for part in sys.version_info[:3]])
        raise Problem("python_version", "Python %s is too old, 3.8 or later is wanted" % found)
    source = read_source(path)
    tree = parse_source(source, path)
    lines = source.splitlines()
    bound = {}
    collect_bindings(tree.body, bound)
    for name in ("init", "run"):
        if name not in bound:
            if "*" in bound:
                continue  # it may come from the star import; only running would tell
            what = WANTED[name][2].split(" takes ")[0]
            raise Problem(
                "no_" + name,
                "the script has no function %s; a scoring script defines init() and run(mini_batch)" % what,
            )
        definition = bound[name]
        if definition is not None:
            check_definition(name, definition, lines)


def read_source(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Problem("not_found", "the script cannot be read: %s" % reason)


def parse_source(source, path):
    """The syntax tree. Compiles as well: `return` outside a function and its kind are found only then."""
    import warnings

    warnings.simplefilter("ignore")  # an invalid escape in the script is no answer of ours
    try:
        tree = compile(source, path, "exec", ONLY_AST, True)
        compile(tree, path, "exec", 0, True)
        return tree
    except SyntaxError as error:
        kind = "encoding" if is_about_encoding(error, source) else "syntax"
        text = error.text
        if not isinstance(text, str):
            text = None
        message = "%s: %s" % (type(error).__name__, error.msg) if kind == "syntax" else str(error.msg)
        raise Problem(kind, message, error.lineno or None, error.offset or None, text and text.rstrip("\r\n"))
    except UnicodeError as error:
        raise Problem("encoding", "the script is not valid in its encoding: %s" % error)
    except ValueError as error:
        kind = "encoding" if b"\0" in source else "syntax"
        raise Problem(kind, str(error))
    except (RecursionError, MemoryError):
        raise Problem("syntax", "the script is nested too deeply")


def is_about_encoding(error, source):
    message = str(error.msg)
    words = ("encoding", "codec", "unicode error", "Non-UTF-8", "null byte", "(unicode")
    return b"\0" in source or (any(word in message for word in words) and "unicodeescape" not in message)


def collect_bindings(body, bound, is_nested=False):
    """Notes which names a module's statements bind: name to its definition, or to None when that cannot be held against
    the script: bound by import or assignment, decorated, or one of several under an `if` or `try`."""
    for node in body:
        kind = type(node).__name__
        if kind in ("FunctionDef", "AsyncFunctionDef"):
            bound[node.name] = None if is_nested or node.decorator_list else node
        elif kind == "ClassDef":
            bound[node.name] = None
        elif kind in ("Import", "ImportFrom"):
            for alias in node.names:
                bound[(alias.asname or alias.name).split(".")[0]] = None
        else:
            for target in list_targets(node):
                collect_names(target, bound)
        for part in ("body", "orelse", "finalbody"):
            if kind not in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
                collect_bindings(getattr(node, part, None) or [], bound, True)
        for part in (getattr(node, "handlers", None) or []) + (getattr(node, "cases", None) or []):
            collect_bindings(part.body, bound, True)


def list_targets(node):
    targets = list(getattr(node, "targets", None) or [])
    if getattr(node, "target", None) is not None:
        targets.append(node.target)
    for item in getattr(node, "items", None) or []:
        if getattr(item, "optional_vars", None) is not None:
            targets.append(item.optional_vars)
    value = getattr(node, "value", None)
    while type(value).__name__ == "NamedExpr":
        targets.append(value.target)
        value = value.value
    return targets


def collect_names(target, bound):
    if type(target).__name__ == "Name":
        bound[target.id] = None
    for part in getattr(target, "elts", None) or []:
        collect_names(part, bound)
    if type(target).__name__ == "Starred":
        collect_names(target.value, bound)


def check_definition(name, node, lines):
    """Refuses an async function and one that cannot be called with what it will be given."""
    text = lines[node.lineno - 1].decode("utf-8", "replace").strip("\r\n") if node.lineno <= len(lines) else None
    place = (node.lineno, node.col_offset + 1, text)
    if type(node).__name__ == "AsyncFunctionDef":
        raise Problem("async", "%s() is an async function; make it a plain `def %s`" % (name, name), *place)
    least, most, rule = WANTED[name]
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    most_taken = positional if arguments.vararg is None else 1000
    keywords = [a.arg for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default is None]
    if name == "run":
        keywords = [keyword for keyword in keywords if keyword != "mini_batch_context"]
    if required > most or most_taken < least or keywords:
        taken = "%d argument%s" % (required, "" if required == 1 else "s")
        if keywords:
            taken = "the keyword argument %s" % keywords[0]
        raise Problem(
            "arity",
            "%s, but this one needs %s" % (rule, taken)
            if required or keywords
            else "%s, but this one takes none" % rule,
            *place,
        )


def main(arguments):
    paths = [argument for argument in arguments if argument != "--json"]
    answer = {
        "python": ".".join([str(part) for part in sys.version_info[:3]]),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "ok": True,
        "error": None,
    }
    try:
        if len(paths) != 1:
            raise Problem("not_found", "one script is wanted, %d were given" % len(paths))
        check_script(paths[0])
    except Problem as problem:
        answer["ok"] = False
        answer["error"] = dict(problem.answer, file=paths[0] if paths else None)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
