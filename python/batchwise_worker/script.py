"""The scoring script: loading it as Azure ML does, and calling init(), run() and shutdown()."""

import importlib.machinery
import importlib.util
import os
import sys

from .failures import ScriptError, cap

# What many items are said to have been refused for has to fit into one message.
MAX_REFUSAL_BYTES = 2 << 10
SHIM_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "batchwise_shims")
CO_COROUTINE = 0x80
CO_ASYNC_GENERATOR = 0x200


class MiniBatchContext:
    """What run() gets as its second argument, when it takes one. The first five names are Azure ML's, the rest is ours:

    | name | meaning |
    |---|---|
    | `item_names` | the path of each file relative to the input it came from, in the order of the mini-batch |
    | `output_format` | `azureml`, `csv` or `jsonl`: what the rows are written as |
    | `refuse_item(index, why)` | this file cannot be scored: a failed item at once, without retries |
    | `scored_items` | how many files were scored, where the number of rows does not tell; else None |
    """

    def __init__(self, minibatch_index, paths=(), facts=None):
        self.minibatch_index = minibatch_index
        self.dataset_name = None
        self.partition_key_value = None
        self.global_row_index_lower_bound = None
        self.global_row_index_upper_bound = None
        self.scored_items = None
        self.refused = {}
        self._paths = tuple(paths)
        self._facts = facts or {}

    @property
    def item_names(self):
        from .formats.named_items import ItemNames

        return ItemNames(self._facts.get("input_roots", ())).name_all(self._paths)

    @property
    def output_format(self):
        return self._facts.get("output_format", "azureml")

    def refuse_item(self, index, why):
        if not 0 <= index < len(self._paths):
            raise IndexError("the mini-batch has %d items, and no item %r" % (len(self._paths), index))
        self.refused[index] = cap(str(why), MAX_REFUSAL_BYTES)

    def list_refused(self, excluded):
        """[index in the mini-batch, "refused", why] of each refused file; `excluded`: those that run() did not get."""
        left_out = {entry[0] for entry in excluded}
        handed = [index for index in range(len(self._paths) + len(excluded)) if index not in left_out]
        return [[handed[index], "refused", why] for index, why in sorted(self.refused.items())]

    def count_scored(self, elements):
        """How many files count as scored."""
        most = len(self._paths) - len(self.refused)
        wanted = elements if self.scored_items is None else self.scored_items
        return max(0, min(wanted, most))

    def __repr__(self):
        return "MiniBatchContext(minibatch_index=%r, dataset_name=%r, partition_key_value=%r)" % (
            self.minibatch_index,
            self.dataset_name,
            self.partition_key_value,
        )


class Script:
    """A loaded scoring script. `context_keyword` is None when run() takes the mini-batch alone, "" when the context is
    its second argument, else the keyword to pass it by."""

    def __init__(self, module, path):
        name = os.path.basename(path)
        self.init = find_function(module, name, "init", "init() loads the model once per worker")
        self.run = find_function(module, name, "run", "run(mini_batch) scores a list of file paths")
        self.shutdown = getattr(module, "shutdown", None)
        self.context_keyword = find_context_keyword(self.run)


def load_script(path, code_dir):
    """Imports the script under its own name; what it raises comes out as it is."""
    script_dir = os.path.dirname(path)
    for folder in [script_dir, code_dir]:
        while folder in sys.path:
            sys.path.remove(folder)
    sys.path[:0] = [code_dir] if script_dir == code_dir else [code_dir, script_dir]
    # Last of all: an installed azureml wins over the stand-in.
    if SHIM_FOLDER not in sys.path:
        sys.path.append(SHIM_FOLDER)
    keep_code_folder_clean(code_dir)
    name = choose_module_name(path)
    spec = importlib.util.spec_from_file_location(name, path, loader=CodeFolderLoader(name, path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return Script(sys.modules.get(name, module), path)


def choose_module_name(path):
    """The file's name without its ending, so that pickles find the script's classes. A script called like a module that
    is already there (json.py) gets another name: taking the real one away would break whoever imports it next."""
    name = os.path.splitext(os.path.basename(path))[0]
    return "scoring_script_" + name if name in sys.modules else name


class CodeFolderLoader(importlib.machinery.SourceFileLoader):
    """Compiles without writing __pycache__: the code folder is never written to."""

    def set_data(self, path, data, *, _mode=0o666):
        return None


def keep_code_folder_clean(code_dir):
    """Makes imports from below the code folder use CodeFolderLoader. Packages elsewhere keep their caches, unlike with
    dont_write_bytecode.
    """
    machinery = importlib.machinery
    finder_for = machinery.FileFinder.path_hook(
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (CodeFolderLoader, machinery.SOURCE_SUFFIXES),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    )
    below = code_dir.rstrip("/") + "/"

    def find_in_code_folder(entry):
        if not (entry + "/").startswith(below):
            raise ImportError("not below the code folder")
        return finder_for(entry)

    sys.path_hooks.insert(0, find_in_code_folder)
    for entry in list(sys.path_importer_cache):
        if (entry + "/").startswith(below):
            del sys.path_importer_cache[entry]


def find_function(module, script_name, name, purpose):
    function = getattr(module, name, None)
    if function is None:
        raise ScriptError("%s has no function %s; %s" % (script_name, name, purpose))
    if not callable(function):
        raise ScriptError(
            "%s in %s is of type %s, not a function; %s" % (name, script_name, type(function).__name__, purpose)
        )
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    if flags & (CO_COROUTINE | CO_ASYNC_GENERATOR):
        raise ScriptError("%s() in %s is an async function; make it a plain `def %s`" % (name, script_name, name))
    return function


def find_context_keyword(run):
    """How run() wants its mini_batch_context. A second parameter with a default and a name of its own (verbose=False)
    is the script's, not ours.
    """
    code = getattr(run, "__code__", None)
    if code is not None and not hasattr(run, "__wrapped__") and code.co_argcount <= 1 and not code.co_kwonlyargcount:
        return None  # the common case, without importing inspect (10 ms)
    import inspect

    try:
        parameters = list(inspect.signature(run).parameters.values())
    except (TypeError, ValueError):
        return None
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) >= 2 and (
        positional[1].default is inspect.Parameter.empty or positional[1].name == "mini_batch_context"
    ):
        return ""
    if any(p.kind == p.KEYWORD_ONLY and p.name == "mini_batch_context" for p in parameters):
        return "mini_batch_context"
    return None
