"""`python batchwise_lint SCRIPT CODE_FOLDER [--installed]` prints one JSON object and ends with 0:

    {"python": "3.11.7",
     "findings": [{"rule", "file", "line", "column", "message", ...}],
     "imports": [{"module", "file", "line", "column", "installed"}],   neither standard library nor the user's own
     "modelPaths": [{"parts": ["model", "x.onnx"], "line", "column"}], below AZUREML_MODEL_DIR
     "costs": [{"what", "line", "column"}],                            paid by each call of run()
     "usesOutputFolder": true}

With `--installed`, `installed` says whether this interpreter finds the module; nothing is imported to find out.
"""

import json
import os
import sys
import threading

if not __package__:  # started by its path
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    __package__ = "batchwise_lint"

from batchwise_worker.check import Problem, parse_source, read_source

from batchwise_lint import arguments, contract, costs, global_names, imports, paths, returns
from batchwise_lint.module import Module


def lint(path, code_folder, with_installed):
    """The answer for one script; what keeps it from being read is its only finding then."""
    answer = {
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "findings": [],
        "imports": [],
        "modelPaths": [],
        "costs": [],
        "usesOutputFolder": True,
    }
    try:
        source = read_source(path)
        module = Module(path, parse_source(source, path), source)
    except Problem as problem:
        found = problem.answer
        answer["findings"] = [
            {
                "rule": "script-syntax",
                "file": path,
                "line": found["line"] or 1,
                "column": found["column"] or 1,
                "message": found["message"],
            }
        ]
        return answer
    for family in (contract, arguments, returns, global_names, paths, costs):
        answer["findings"].extend(dict(finding, file=path) for finding in family.find(module))
    answer["imports"] = imports.collect(module, code_folder, with_installed)
    answer["modelPaths"] = paths.collect_model_paths(module)
    answer["costs"] = costs.collect(module)
    answer["usesOutputFolder"] = b"AZUREML_BI_OUTPUT_PATH" in source or "*" in module.bound
    return answer


def run_deep(work):
    """Runs `work` where expressions nested thousands deep can be walked, as generated code has them."""
    outcome = []
    sys.setrecursionlimit(50000)
    threading.stack_size(256 * 1024 * 1024)
    thread = threading.Thread(target=lambda: outcome.append(work()))
    try:
        thread.start()
    except RuntimeError:  # no room for such a stack
        return work()
    thread.join()
    return outcome[0]


def main(words):
    options = [word for word in words if word.startswith("--")]
    script, code_folder = [word for word in words if not word.startswith("--")]
    # Modules are looked for as the script would: not beside this program.
    own = sys.path.pop(0)
    answer = run_deep(lambda: lint(os.path.abspath(script), os.path.abspath(code_folder), "--installed" in options))
    sys.path.insert(0, own)
    json.dump(answer, sys.stdout)
    sys.stdout.write("\n")


main(sys.argv[1:])
