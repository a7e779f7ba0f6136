"""What run() may return, and what to say about anything else.

| kind | values | how it is written |
|---|---|---|
| sized | list, tuple, pandas Series, numpy array of one or more dimensions | elements, or rows of the array |
| frame | pandas DataFrame | rows |
| lazy | any other iterable, such as a generator | elements, consumed as part of run() |

A set is refused although it can be iterated: its order changes from process to process, and the output of a job must
not.
"""

import sys

from .failures import ScriptRaised, refuse

WANTED = "return a list (or tuple, DataFrame, Series, ndarray, generator) with one element for each file"


def classify_returned(value):
    """("sized" | "frame" | "lazy", value to write). Raises AttemptFailed for a value that is not accepted."""
    if isinstance(value, (list, tuple)):
        return "sized", value
    pandas = sys.modules.get("pandas")
    if is_instance(value, pandas, "DataFrame"):
        return "frame", value
    if is_instance(value, pandas, "Series"):
        return "sized", value
    if is_instance(value, sys.modules.get("numpy"), "ndarray"):
        if value.ndim == 0:
            raise refuse_returned(
                value, "a numpy array without dimensions holds a single value; return [value] or array.reshape(1)"
            )
        # Rows as lists: str() of a long row would be broken into lines and abbreviated.
        return "sized", value if value.ndim == 1 else (row.tolist() for row in value)
    remedy = find_remedy(value)
    if remedy is not None:
        raise refuse_returned(value, remedy)
    try:
        iterator = iter(value)
    except TypeError:
        raise refuse_returned(value, WANTED) from None
    except BaseException as error:
        raise ScriptRaised(error) from None
    return "lazy", guard_iterator(iterator)


def guard_iterator(iterator):
    """Yields what the script's iterator yields, and tells what that raises apart from errors in formatting."""
    while True:
        try:
            element = next(iterator)
        except StopIteration:
            return
        except BaseException as error:
            raise ScriptRaised(error) from None
        yield element


def is_instance(value, module, name):
    kind = getattr(module, name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def find_remedy(value):
    """Why a value is not rows although it may be iterable, or None when it may be."""
    if value is None:
        return WANTED + "; is there a path through run() without `return`?"
    if isinstance(value, str):
        return "a text would count as one row per character; return [text] for one row"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "return [value.decode()] for one row of text, or set output_action to summary_only and write a file"
    if isinstance(value, dict) or (hasattr(value, "keys") and hasattr(value, "__getitem__")):
        return "return [value] for one row, or list(value.items()) for one row per entry"
    if isinstance(value, (set, frozenset)):
        return "the order of a set changes from process to process; return sorted(value)"
    if hasattr(value, "__await__") or hasattr(value, "__aiter__"):
        return "run() must be a plain function that returns rows; use asyncio.run(...) inside it"
    if hasattr(value, "columns") and (hasattr(value, "to_pandas") or hasattr(value, "compute")):
        return "only pandas frames are understood; return value.to_pandas()"
    return None


def refuse_returned(value, remedy):
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else "%s.%s" % (kind.__module__, kind.__qualname__)
    name = "None" if value is None else name
    return refuse("return_type", "ReturnTypeError", "run() returned %s, which is not rows: %s" % (name, remedy))
