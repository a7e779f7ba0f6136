"""`azureml`: the bytes that Azure ML writes. Elements as "{}\\n".format(element), a DataFrame as rows separated by one
space, without header.
"""

from .text_sink import BLOCK_BYTES, open_text


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
            with open_text(sink) as text:
                frame.to_csv(text, sep=" ", header=False, index=False)
        return len(frame), len(frame)
