"""`csv`: RFC 4180, rows end in CRLF. The header is the driver's: column names go with the result.

Columns are `file` and, for elements, `prediction`; for a DataFrame `file` and its own columns (a `file` of its own is
kept where it is). None, NaN, NA and NaT are empty; lists and objects in a cell are JSON; other values are str(value);
bytes are refused.
"""

import csv

from .named_items import ItemNames, names_for_frame, pair_with_names
from .plain_values import build_encoder, from_numeric_library
from .text_sink import open_text

LINE_END = "\r\n"


class CsvFormat:
    def __init__(self, input_roots):
        self.name_items = ItemNames(input_roots).name_all
        self._encode = build_encoder()
        self._csv_writer = csv.writer

    def write_elements(self, elements, names, sink):
        count = 0
        with open_text(sink) as text:
            write_row = self._csv_writer(text, lineterminator=LINE_END).writerow
            for name, element in pair_with_names(elements, names):
                write_row((name, element if type(element) is str else self._format_cell(element)))
                count += 1
        # Without rows there are no columns either, which could differ from those of the other mini-batches.
        sink.columns = ["file", "prediction"] if count else None
        return count, count

    def write_frame(self, frame, names, sink):
        columns = [str(name) for name in frame.columns]
        if "file" not in columns:
            files = names_for_frame(frame, names)
            frame = frame.copy(deep=False)
            frame.insert(0, "file", files)
            columns.insert(0, "file")
        sink.columns = columns
        if len(frame):
            with open_text(sink) as text:
                write_frame_rows(frame, text)
        return len(frame), len(frame)

    def _format_cell(self, value):
        if isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(
                "%s cannot be written as a cell; return text, for example value.decode()" % type(value).__name__
            )
        if isinstance(value, (list, tuple, dict)):
            return self._encode(value)
        plain = from_numeric_library(value)
        if isinstance(plain, list):
            return self._encode(plain)
        if plain is None or type(value).__name__ in ("NAType", "NaTType"):
            return ""
        if isinstance(plain, float) and plain != plain:
            return ""
        if hasattr(value, "columns"):
            name = type(value).__name__
            raise TypeError(
                "an element of type %s cannot be a cell; return one frame, for example pandas.concat(frames)" % name
            )
        return str(value)


def write_frame_rows(frame, target):
    try:
        frame.to_csv(target, header=False, index=False, lineterminator=LINE_END)
    except TypeError as error:  # its name before pandas 1.5
        if "lineterminator" not in str(error):
            raise
        frame.to_csv(target, header=False, index=False, line_terminator=LINE_END)
