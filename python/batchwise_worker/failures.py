"""Failed attempts: the reasons of the wire, and exceptions as data that is safe to send whatever the script raised."""

from traceback import format_exception

MAX_MESSAGE_BYTES = 8 << 10
MAX_TRACEBACK_BYTES = 64 << 10
OWN_FOLDER = __file__.rpartition("/")[0] + "/"


class AttemptFailed(Exception):
    """Ends an attempt with a reason of the wire; `error` is {type, message, traceback}."""

    def __init__(self, reason, error):
        super().__init__(reason)
        self.reason = reason
        self.error = error


class ScriptError(Exception):
    """The script lacks something that a scoring script must have; the message says it all."""


class ScriptRaised(Exception):
    """Carries what the script raised inside an iterator that we consume, apart from errors of our own formatting."""

    def __init__(self, original):
        super().__init__()
        self.original = original


def refuse(reason, kind, message):
    """An AttemptFailed with words of our own and no traceback."""
    return AttemptFailed(reason, {"type": kind, "message": cap(message, MAX_MESSAGE_BYTES), "traceback": ""})


def describe_script_exception(error):
    """(reason, error) for what came out of run()."""
    if isinstance(error, SystemExit):
        described = describe_exception(error)
        described["message"] = cap_exit_message(error, "run()")
        return "exit", described
    return "exception", describe_exception(error)


def cap_exit_message(error, where):
    """What to say of a SystemExit."""
    try:
        code = repr(error.code)
    except BaseException:
        code = "…"
    text = "the script called sys.exit(%s) in %s; return from it instead, or raise an exception" % (code, where)
    return cap(text, MAX_MESSAGE_BYTES)


def describe_exception(error):
    """{type, message, traceback} of any exception, even one whose __str__ raises; capped; without the worker's own
    frames.
    """
    if isinstance(error, ScriptError):
        return {"type": "ScriptError", "message": cap(str(error), MAX_MESSAGE_BYTES), "traceback": ""}
    try:
        kind = type(error)
        name = kind.__qualname__ if kind.__module__ == "builtins" else "%s.%s" % (kind.__module__, kind.__qualname__)
    except BaseException:
        name = "Exception"
    try:
        message = str(error)
    except BaseException:
        message = "<the exception's __str__ failed>"
    try:
        lines = format_exception(type(error), error, skip_own_frames(error.__traceback__))
        text = "".join(lines)
    except BaseException:  # out of memory, or a class that even the traceback module stumbles over
        text = ""
    return {
        "type": cap(name, 512),
        "message": cap(message, MAX_MESSAGE_BYTES),
        "traceback": cap(text, MAX_TRACEBACK_BYTES),
    }


def skip_own_frames(trace):
    """Cuts the frames of the worker and of the import system off the top of a traceback."""
    first = trace
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith(OWN_FOLDER) and not name.startswith("<frozen importlib"):
            return trace
        trace = trace.tb_next
    return first if first is not None and not first.tb_frame.f_code.co_filename.startswith(OWN_FOLDER) else None


def cap(text, limit_bytes):
    """The text if its UTF-8 fits, else its beginning and end with a note between them."""
    if len(text) * 4 <= limit_bytes:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= limit_bytes:
        return text
    half = (limit_bytes - 64) // 2
    note = "\n… %d bytes left out …\n" % (len(raw) - 2 * half)
    return raw[:half].decode("utf-8", "ignore") + note + raw[-half:].decode("utf-8", "ignore")
