"""Values that JSON has no word for, as JSON can say them.

| value | becomes |
|---|---|
| NaN, infinity, pandas.NA, NaT | null |
| Decimal | text, exact |
| datetime, date, time, pandas.Timestamp | ISO 8601 text |
| timedelta, pandas.Timedelta | seconds |
| numpy scalar, numpy array, Series | number, list, list |
| UUID, path | text |
| Enum, dataclass | its value, its fields as an object |
| lone surrogate (an undecodable byte of a file name) | `\\udcXX` |
| bytes, set, anything else | refused |
"""

import dataclasses
import datetime
import decimal
import enum
import math
import os
import sys
import uuid

from ..wire import OwnEncoder


def to_plain(value):
    """One step towards JSON for a value that the encoder does not know. Raises TypeError for what has no faithful
    form.
    """
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return None if type(value).__name__ == "NaTType" else value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    plain = from_numeric_library(value)
    if plain is not value:
        return plain
    name = type(value).__name__
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError("%s cannot be written as JSON; decode them, or use base64.b64encode(value).decode()" % name)
    if isinstance(value, (set, frozenset)):
        raise TypeError("a %s has no order; return sorted(value)" % name)
    if hasattr(value, "columns"):
        raise TypeError(
            "an element of type %s cannot be written; return one frame, for example pandas.concat(frames)" % name
        )
    raise TypeError("a value of type %s cannot be written as JSON; return text, numbers, lists or dicts" % name)


def from_numeric_library(value):
    """Numpy and pandas values as Python's own, others unchanged. Never imports them: who returns such a value has done
    so.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        plain = value.item()
        # Dates finer than a microsecond come out as a number, and longdouble as itself: the text says what they are.
        is_date = isinstance(value, numpy.datetime64)
        return (None if numpy.isnat(value) else str(value)) if is_date else str(value) if plain is value else plain
    if numpy is not None and isinstance(value, numpy.ndarray):
        return value.tolist()
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, (pandas.Series, pandas.Index)):
        return value.tolist()
    return value


def clean(value):
    """A copy that the strict encoder accepts: not-a-numbers are null, keys are what JSON allows."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean_key(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return clean(to_plain(value))


def clean_key(key):
    if isinstance(key, float) and not math.isfinite(key):
        raise TypeError("%r cannot be the key of an object" % key)
    if key is None or isinstance(key, (str, int, float)):
        return key
    plain = from_numeric_library(key)
    if isinstance(plain, (str, int, float)):
        return plain
    return str(to_plain(key))


class PlainEncoder(OwnEncoder):
    """Strict JSON, for values of any kind."""

    def default(self, value):
        return to_plain(value)


def build_encoder():
    """encode(value) → JSON text on one line, in which lone surrogates and the line ends of Unicode are escaped."""
    encode = PlainEncoder(ensure_ascii=False, allow_nan=False).encode
    encode_ascii = PlainEncoder(ensure_ascii=True, allow_nan=False).encode

    def encode_plain(value):
        try:
            text = encode(value)
        except (
            ValueError,
            TypeError,
        ):  # a NaN or a key that is no text somewhere inside: rare, so the walk in Python is paid only then
            value = clean(value)
            text = encode(value)
        return text if text.isascii() or is_one_line(text) else encode_ascii(value)

    return encode_plain


def is_one_line(text):
    """False for text that UTF-8 cannot hold, or that a reader who splits as str.splitlines() does would tear."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\u2028" not in text and "\u2029" not in text and "\x85" not in text
