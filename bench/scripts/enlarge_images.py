"""Makes camera-sized images of the example's small ones: `enlarge_images.py SOURCE TARGET COUNT`. 768 x 768 pixels, in
colour, with a camera's noise, as JPEG: reading one takes some milliseconds, as it does with real photographs.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 768


def main():
    source, target, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    random = np.random.default_rng(0)
    for path in sorted(source.iterdir())[:count]:
        with Image.open(path) as image:
            large = np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.BICUBIC), dtype=np.int16)
        noisy = np.clip(large + random.integers(-8, 9, large.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(target / f"{path.stem}.jpg", quality=85)


if __name__ == "__main__":
    main()
