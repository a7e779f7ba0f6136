"""init() and run() are there and can be called: the rules no-init, no-run, wrong-arity, async-function."""

from batchwise_worker.check import WANTED, Problem, check_definition

from batchwise_lint.module import finding


def find(module):
    lines = module.source.splitlines()
    for name in ("init", "run"):
        if name not in module.bound:
            if "*" not in module.bound:  # it may come from a star import; only running would tell
                signature = WANTED[name][2].split(" takes ")[0]
                message = "the script has no function %s" % signature
                yield {"rule": "no-" + name, "line": 1, "column": 1, "message": message}
            continue
        definition = module.bound[name]
        if definition is None:
            continue
        try:
            check_definition(name, definition, lines)
        except Problem as problem:
            rule = "async-function" if problem.answer["kind"] == "async" else "wrong-arity"
            yield finding(rule, definition, problem.answer["message"])
