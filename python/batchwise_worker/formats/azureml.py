"""`azureml`: the bytes that Azure ML writes. Elements as "{}\\n".format(element), a DataFrame as rows separated by one
space, without header.
"""

BLOCK_BYTES = 256 << 10


class AzuremlFormat:
    def name_items(self, paths):
        return None

    def write_elements(self, elements, names, sink):
        if type(elements) is list and len(elements) <= 1000:
            # The hot path: f"{e}" is what "{}".format(e) does.
            sink.write("".join([f"{e}\n" for e in elements]).encode("utf-8", "surrogateescape"))
            return len(elements), len(elements)
        count = 0
        lines = []
        size = 0
        for element in elements:
            line = f"{element}\n"
            lines.append(line)
            count += 1
            size += len(line)
            if size >= BLOCK_BYTES:
                sink.write("".join(lines).encode("utf-8", "surrogateescape"))
                lines = []
                size = 0
        sink.write("".join(lines).encode("utf-8", "surrogateescape"))
        return count, count

    def write_frame(self, frame, names, sink):
        if len(frame):
            frame.to_csv(TextSink(sink), sep=" ", header=False, index=False)
        return len(frame), len(frame)


class TextSink:
    """What pandas and the csv module write to: text in, UTF-8 in blocks to a sink. Lone surrogates from odd file names
    become their bytes again.
    """

    def __init__(self, sink):
        self._sink = sink

    def write(self, text):
        self._sink.write(text.encode("utf-8", "surrogateescape"))
        return len(text)
