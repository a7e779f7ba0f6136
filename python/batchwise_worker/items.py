"""The items of a mini-batch: reading the payload, and checking that each file is still the one that was listed."""

import sys
from os import fsdecode, stat

from .failures import refuse
from .wire import scan_json

# mtime_ms is a double: at today's dates two neighbours are 0.00024 apart.
SAME_MTIME_MS = 0.001


def check_items(payload, expected_count):
    """(paths, excluded) of a mini-batch's payload: absolute paths to hand to run(), and [index, reason, detail] of the
    items not to.

    Raises AttemptFailed when the payload is not what the protocol says.
    """
    try:
        groups, _ = scan_json(payload.decode("utf-8"), 0)
        if TRANSCODE:
            groups = [[transcode(cell) if isinstance(cell, str) else cell for cell in group] for group in groups]
        return check_groups(groups, expected_count)
    except (ValueError, TypeError, StopIteration, RecursionError) as error:
        raise refuse("payload", "PayloadError", "the mini-batch cannot be read: %s" % error) from None


def check_groups(groups, expected_count, stat=stat):
    paths = []
    excluded = []
    add = paths.append
    for group in groups:
        cells = iter(group)
        folder = next(cells)
        for name, size, mtime_ms in zip(cells, cells, cells):
            path = folder + name
            try:
                found = stat(path)
            except (OSError, ValueError) as error:
                excluded.append(
                    [len(paths) + len(excluded), "vanished", getattr(error, "strerror", None) or str(error)]
                )
                continue
            found_ms = found.st_mtime_ns / 1e6
            # Equality first: it nearly always holds and is the cheaper test.
            same_time = found_ms == mtime_ms or -SAME_MTIME_MS <= found_ms - mtime_ms <= SAME_MTIME_MS
            if same_time and found.st_size == size:
                add(path)
            else:
                excluded.append([len(paths) + len(excluded), "changed", describe_change(found, size)])
    count = len(paths) + len(excluded)
    if count != expected_count:
        raise ValueError("it names %d items, not %d" % (count, expected_count))
    return paths, excluded


def describe_change(found, size):
    if found.st_size != size:
        return "%d bytes now, %d when listed" % (found.st_size, size)
    return "modified since it was listed"


def transcode(text):
    return fsdecode(text.encode("utf-8", "surrogateescape"))


# Names on the wire are UTF-8 with surrogateescape. In a locale of another encoding Python's own str paths are not.
TRANSCODE = sys.getfilesystemencoding().lower().replace("-", "") != "utf8"
