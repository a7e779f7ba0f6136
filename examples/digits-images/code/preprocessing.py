"""Reading an image of a digit, for training and scoring alike."""

import numpy as np
from PIL import Image


def read_digit(path):
    """The image as 64 numbers from 0 (paper) to 1 (ink), whatever its size and colours are."""
    with Image.open(path) as image:
        small = image.convert("L").resize((8, 8), Image.BOX)
    return 1 - np.asarray(small, dtype=np.float32).reshape(64) / 255
