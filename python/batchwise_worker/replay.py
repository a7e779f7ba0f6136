"""Runs one mini-batch of a job in the foreground, as `batchwise replay` asks for it: the same script snapshot, items,
arguments and environment as in the job, but with the terminal's standard input and output, so that breakpoint() works.
Nothing is committed. Called with the path of a plan, one JSON object; exits with 1 when the script fails.
"""

import os
import sys


def load_package():
    """Makes `batchwise_worker` importable without our folder on the script's path; see __main__.py."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        "batchwise_worker", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["batchwise_worker"] = package
    spec.loader.exec_module(package)


class RowFile:
    """Takes the rows of a result: into a file."""

    def __init__(self, file):
        self._file = file
        self.columns = None

    def write(self, rows):
        self._file.write(rows)


def main(plan_path):
    import json

    with open(plan_path, encoding="utf-8", errors="surrogateescape") as file:
        plan = json.load(file)
    with open(plan["payload_file"], "rb") as file:
        payload = file.read()
    return replay(plan, payload)


def replay(plan, payload):
    from batchwise_worker.items import check_items
    from batchwise_worker.script import MiniBatchContext, load_script

    paths, excluded = check_items(payload, plan["items"])
    for index, reason, detail in excluded:
        say("item %d is left out: %s (%s)" % (index, reason, detail))
    sys.argv[:] = [plan["script"]] + plan["argv"]
    os.chdir(plan["scratch_dir"])
    try:
        script = load_script(plan["script"], plan["code_dir"])
        script.init()
        say("init() is done; calling run() with %d of %d files" % (len(paths), plan["items"]))
        context = MiniBatchContext(plan["mini_batch"], paths, plan)
        if not paths:
            say("no file is left, so run() is not called")
            return 0
        names = list(paths)
        if script.context_keyword is None:
            value = script.run(paths)
        elif script.context_keyword:
            value = script.run(paths, **{script.context_keyword: context})
        else:
            value = script.run(paths, context)
        kind, elements, rows = write_rows(plan, names, value)
    except BaseException as error:
        return tell_failure(error)
    say("run() returned %s: %d elements, %d rows" % (kind, elements, rows))
    for index, why in sorted(context.refused.items()):
        say("the script refused %s: %s" % (names[index], why))
    missing = len(names) - len(context.refused) - context.count_scored(elements)
    if missing > 0:
        say("that is %d fewer than files: in a job the difference counts as failed items" % missing)
    call_shutdown(script)
    return 0


def write_rows(plan, names, value):
    """Writes what run() returned as the job would; returns (type of the value, elements, rows)."""
    from batchwise_worker.formats import choose_format
    from batchwise_worker.returned import classify_returned

    kind = type(value).__name__
    form = choose_format(plan["output_action"], plan["output_format"], plan["input_roots"])
    item_names = form.name_items(names)
    shape, value = classify_returned(value)
    with open(plan["rows_file"], "wb") as file:
        sink = RowFile(file)
        if shape == "frame":
            elements, rows = form.write_frame(value, item_names, sink)
        else:
            elements, rows = form.write_elements(value, item_names, sink)
    return kind, elements, rows


def tell_failure(error):
    from batchwise_worker.failures import AttemptFailed, ScriptRaised, describe_exception

    if type(error).__name__ == "BdbQuit":
        say("the debugger was left")
        return 1
    original = error.original if isinstance(error, ScriptRaised) else error
    if isinstance(error, AttemptFailed):
        say("%s: %s" % (error.reason, error.error["message"]))
        return 1
    described = describe_exception(original)
    sys.stderr.write("\n%s\n" % described["traceback"].rstrip())
    say("the script failed: %s: %s" % (described["type"], described["message"]))
    return 1


def call_shutdown(script):
    if callable(script.shutdown):
        script.shutdown()


def say(text):
    sys.stdout.flush()
    sys.stderr.write("replay: %s\n" % text)
    sys.stderr.flush()


# The guard matters: multiprocessing imports the main module again in the children it spawns.
if __name__ == "__main__":
    load_package()
    sys.exit(main(sys.argv[1]))
