"""What predict() returned, as rows: `row` (tables only), the prediction or its columns, `file`."""


def empty():
    import pandas

    return pandas.DataFrame()


def build_frame(result, name, is_table):
    """One DataFrame for one file, with `row` in front and `file` at the end."""
    frame = predictions_to_frame(result)
    if is_table:
        frame.insert(0, free_name(frame, "row"), range(len(frame)))
    frame[free_name(frame, "file")] = name
    return frame


def free_name(frame, name):
    """A model may well predict something that it calls `file`."""
    return name if name not in frame.columns else free_name(frame, "input_" + name)


def predictions_to_frame(result):
    """A DataFrame keeps its columns, an array of two dimensions one for each of its own; the rest is `prediction`."""
    import pandas

    if isinstance(result, pandas.DataFrame):
        return result.reset_index(drop=True)
    if isinstance(result, pandas.Series):
        return pandas.DataFrame({"prediction": result.reset_index(drop=True)})
    if isinstance(result, dict):
        is_single = not any(hasattr(value, "__len__") and not isinstance(value, str) for value in result.values())
        return predictions_to_frame(
            pandas.DataFrame({key: [value] if is_single else list(value) for key, value in result.items()})
        )
    if hasattr(result, "toarray"):  # a sparse matrix
        result = result.toarray()
    dimensions = getattr(result, "ndim", None)
    if dimensions == 2:
        names = ["prediction"] if result.shape[1] == 1 else ["prediction_%d" % i for i in range(result.shape[1])]
        return pandas.DataFrame(result, columns=names)
    if dimensions == 0 or isinstance(result, (str, bytes)) or not hasattr(result, "__iter__"):
        result = [result]
    values = list(result)
    if values and all(isinstance(value, dict) for value in values):
        return pandas.DataFrame(values)
    return pandas.DataFrame({"prediction": [to_plain(value) for value in values]})


def to_plain(value):
    """Arrays inside a list as lists: their own text is broken into lines and abbreviated."""
    return value.tolist() if hasattr(value, "tolist") else value


def format_lines(frame):
    """Each row as comma-separated text without its line end, quoted where needed."""
    text = frame.to_csv(header=False, index=False)
    lines = []
    open_line = None
    for line in text.split("\n")[:-1]:
        line = line if open_line is None else open_line + "\n" + line
        # A line break inside a quoted field leaves the quotes uneven.
        open_line = line if line.count('"') % 2 else None
        if open_line is None:
            lines.append(line)
    return lines


def join_frames(frames):
    """All files of a mini-batch as one frame; a list when there is nothing, which has no columns to disagree."""
    if not frames:
        return []
    if len(frames) == 1:
        return frames[0]
    import pandas

    return pandas.concat(frames, ignore_index=True)
