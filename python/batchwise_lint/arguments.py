"""Arguments of the script: the rules parse-args and reserved-argument."""

import ast

from batchwise_lint.module import finding

# Azure ML's runner takes these for itself; a script never sees them.
RESERVED = {
    "--allowed_failed_percent",
    "--copy_logs_to_parent",
    "--error_threshold",
    "--first_task_creation_timeout",
    "--metrics_name_prefix",
    "--mini_batch_size",
    "--progress_update_timeout",
    "--push_metrics_to_parent",
    "--resource_monitor_interval",
    "--run_invocation_timeout",
    "--run_max_try",
    "--task_overhead_timeout",
}


def find(module):
    has_argparse = any(
        (isinstance(node, ast.Import) and any(alias.name == "argparse" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "argparse")
        for node in ast.walk(module.tree)
    )
    if not has_argparse:
        return
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or module.is_for_main(node):
            continue
        if node.func.attr == "parse_args" and not node.args and not any(each.arg == "args" for each in node.keywords):
            yield finding("parse-args", node, "parse_args() ends the worker at --logging_level, which every job passes")
        if node.func.attr == "add_argument":
            for word in node.args:
                if isinstance(word, ast.Constant) and word.value in RESERVED:
                    message = "%s belongs to the runner and never arrives at the script" % word.value
                    yield finding("reserved-argument", word, message)
