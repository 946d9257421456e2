"""Any image of a grapheme as one of the competition, which its models know."""

import numpy as np
from PIL import Image

from mojika.data.crops import in_colours
from mojika.preprocessing.graphemes import HEIGHT, WIDTH


def on_canvas(pixels: np.ndarray) -> np.ndarray:
    """An image `(H, W, 3) uint8` as one of the competition, `(137, 236) uint8`: gray, scaled to fit, and on paper of
    the tone of its edges where its proportions are others."""
    gray = in_colours(pixels, 1)
    if gray.size == (WIDTH, HEIGHT):
        return np.asarray(gray)
    factor = min(WIDTH / gray.width, HEIGHT / gray.height)
    size = max(1, round(gray.width * factor)), max(1, round(gray.height * factor))
    edges = np.asarray(gray)
    paper = np.median(np.concatenate([edges[0], edges[-1], edges[:, 0], edges[:, -1]]))
    canvas = Image.new("L", (WIDTH, HEIGHT), round(float(paper)))
    canvas.paste(gray.resize(size, Image.Resampling.BICUBIC), ((WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2))
    return np.asarray(canvas)
