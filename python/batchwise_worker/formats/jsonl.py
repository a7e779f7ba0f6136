"""`jsonl`: one JSON object a line, types and nesting kept. What has no word in JSON: see plain_values.

An element is written as {"file": …, "prediction": element}; one that is an object itself is merged: {"file": …,
**element}; a row of a DataFrame is the object of its columns. A `file` of the script's own is kept.
"""

from .named_items import ItemNames, names_for_frame, pair_with_names
from .plain_values import build_encoder

BLOCK_BYTES = 256 << 10


class JsonlFormat:
    def __init__(self, input_roots):
        self.name_items = ItemNames(input_roots).name_all
        self._encode = build_encoder()

    def write_elements(self, elements, names, sink):
        rows = (
            {"file": name, **element} if isinstance(element, dict) else {"file": name, "prediction": element}
            for name, element in pair_with_names(elements, names)
        )
        return self._write_rows(rows, sink)

    def write_frame(self, frame, names, sink):
        columns = [str(name) for name in frame.columns]
        # tolist() makes Python's own numbers of numpy's; by position, because names may repeat.
        cells = zip(*[frame.iloc[:, index].tolist() for index in range(len(columns))])
        if "file" in columns:
            rows = (dict(zip(columns, row)) for row in cells)
        else:
            files = names_for_frame(frame, names)
            rows = ({"file": name, **dict(zip(columns, row))} for name, row in zip(files, cells))
        return self._write_rows(rows, sink)

    def _write_rows(self, rows, sink):
        encode = self._encode
        count = 0
        lines = []
        size = 0
        for row in rows:
            line = encode(row)
            lines.append(line)
            count += 1
            size += len(line)
            if size >= BLOCK_BYTES:
                lines.append("")
                sink.write("\n".join(lines).encode("utf-8"))
                lines = []
                size = 0
        if lines:
            lines.append("")
            sink.write("\n".join(lines).encode("utf-8"))
        return count, count
