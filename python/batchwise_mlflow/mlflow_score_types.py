"""Values as a model's signature wants them. A value that does not fit is a ValueError that names it."""

import math

# MLflow's names of column types → numpy's, for those that a text file can be read with at once.
NUMPY = {
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "boolean": "bool",
    "string": "str",
}
# What the same types are called in a tensor.
COLUMN_TYPES = {"int32": "integer", "int64": "long", "float32": "float", "float64": "double", "bool": "boolean"}
INTEGER_BITS = {"integer": 32, "long": 64}


def numpy_types(columns, tensor):
    """What read_csv is to read the columns as: types by name, one for all, or None."""
    if tensor is not None:
        return None
    return {name: NUMPY[kind] for name, kind in columns or [] if name and kind in NUMPY} or None


def find_misfit(pandas, path, columns):
    """Which cell of a CSV file does not have the type of its column, in words; None when none is found."""
    checks = {"integer": read_integer, "long": read_integer, "float": float, "double": float, "boolean": read_boolean}
    try:
        texts = pandas.read_csv(path, dtype=str)
    except ValueError:
        return None
    for name, kind in columns or []:
        if kind not in checks or name not in texts.columns:
            continue
        for row, text in enumerate(texts[name]):
            if not isinstance(text, str):
                if kind in ("float", "double"):
                    continue
                return "column '%s', row %d is empty, and a value of type %s is wanted" % (name, row, kind)
            try:
                checks[kind](text)
            except ValueError as error:
                return "%s (column '%s', row %d)" % (error, name, row)
    return None


def read_integer(text):
    """As pandas reads integers, which takes "1.0" for one as well."""
    try:
        return int(text)
    except ValueError:
        try:
            number = float(text)
        except ValueError:
            number = None
        if number is not None and number.is_integer():
            return int(number)
        raise


def read_boolean(text):
    if text.strip().lower() not in ("true", "false", "1", "0", "1.0", "0.0"):
        raise ValueError("invalid literal for bool: %r" % text)


def cast_frame(frame, columns):
    """The same frame with the columns of the signature in its types. Others stay, and missing ones are MLflow's to
    judge: they may be optional."""
    for position, (name, kind) in enumerate(columns or []):
        if kind is None:
            continue
        if not name:  # columns without names go by their place
            name = frame.columns[position] if position < len(frame.columns) else None
        if name in frame.columns:
            try:
                cast = cast_column(frame[name], kind)
            except (ValueError, TypeError, OverflowError) as error:
                raise ValueError("%s (column '%s', type %s)" % (error, name, kind)) from error
            if cast is not frame[name]:
                frame[name] = cast
    return frame


def cast_column(column, kind):
    import pandas

    if kind in INTEGER_BITS:
        return cast_integers(pandas.to_numeric(column), INTEGER_BITS[kind])
    if kind in ("float", "double"):
        return pandas.to_numeric(column).astype(NUMPY[kind])
    if kind == "boolean":
        if column.dtype == bool:
            return column
        odd = [value for value in column if value not in (True, False)]
        if odd:
            raise ValueError("invalid literal for bool: %r" % (odd[0],))
        return column.astype(bool)
    if kind == "string":
        if column.dtype == object or "str" in str(column.dtype):
            odd = [value for value in column if not isinstance(value, str) and not is_missing(value)]
            if not odd:
                return column
        return column.map(lambda value: value if is_missing(value) else str(value)).astype(object)
    if kind == "datetime":
        try:
            return pandas.to_datetime(column)
        except ValueError:
            # Dates with and without a time of day in one column; before pandas 2 this was no error in the first place.
            return pandas.to_datetime(column, format="mixed")
    return column


def cast_integers(column, bits):
    """Whole numbers only; of the width that is asked for."""
    if column.dtype.kind == "f":
        for value in column:
            if not math.isfinite(value):
                raise ValueError("a missing or infinite value is no integer")
            if not float(value).is_integer():
                raise ValueError("invalid literal for int() with base 10: '%s'" % value)
    if len(column) and not (-(2 ** (bits - 1)) <= column.min() and column.max() < 2 ** (bits - 1)):
        raise ValueError("a value does not fit into %d bits" % bits)
    return column.astype("int%d" % bits)


def is_missing(value):
    return value is None or (isinstance(value, float) and value != value)


def frame_to_tensor(frame, tensor):
    """A table as one array of the tensor's type: a row of the table for each entry of the first dimension."""
    array = frame.to_numpy().astype(tensor.type)
    fixed = tuple(tensor.shape)[1:]
    if array.ndim == len(fixed) + 1 and all(size in (-1, got) for size, got in zip(fixed, array.shape[1:])):
        return array
    if -1 not in fixed and math.prod(fixed) == array.shape[1]:
        return array.reshape((len(array),) + fixed)
    raise ValueError(
        "the table has %d columns, and the model takes the shape %s" % (array.shape[1], show(tensor.shape))
    )


# Images


def image_shape(tensor):
    """The shape of one image: without the batch dimension, which is the one that is free in front."""
    shape = tuple(tensor.shape)
    return shape[1:] if shape and shape[0] == -1 else shape


def count_channels(tensor):
    """How many channels an image is to have for the tensor, or None when it does not say."""
    if tensor is None:
        return None
    shape = image_shape(tensor)
    if len(shape) == 2:
        return 1  # height and width alone
    for size in shape[-1:] + shape[:1] if len(shape) == 3 else ():
        if size in (1, 3, 4):
            return size
    return None


def image_to_array(image, channels):
    """Pixels as height × width × channels, or height × width for an image of one channel."""
    import numpy

    modes = {1: "L", 3: "RGB", 4: "RGBA"}
    if channels in modes and len(image.getbands()) != channels or image.mode in ("P", "1"):
        image = image.convert(modes.get(channels, "RGB" if image.mode == "P" else "L"))
    return numpy.asarray(image)


def array_to_tensor(array, tensor):
    """One image with the batch dimension in front, in the tensor's type and shape; without a tensor as uint8.

    A reshape happens only where it keeps the meaning: flat vectors, a channel dimension of one, channels put first.
    Anything else of the same number of values would scramble the picture, or be taken for several.
    """
    if tensor is None:
        return array.astype("uint8")[None]
    array = array.astype(tensor.type)
    shape = image_shape(tensor)
    has_batch = len(shape) < len(tensor.shape)
    for candidate in (array, array[..., None] if array.ndim == 2 else array, channels_first(array)):
        if fits(candidate.shape, shape):
            return candidate[None] if has_batch else candidate
    if len(shape) == 1 and shape[0] in (-1, array.size):
        return array.reshape((1, array.size) if has_batch else (array.size,))
    raise ValueError("the image has the shape %s, and the model takes %s" % (show(array.shape), show(tensor.shape)))


def channels_first(array):
    return array.transpose(2, 0, 1) if array.ndim == 3 else array[None]


def fits(found, wanted):
    return len(found) == len(wanted) and all(size in (-1, got) for size, got in zip(wanted, found))


def show(shape):
    return "(%s)" % ", ".join(str(size) for size in shape)
