"""A strip above a picture that says what its lines mean."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from mojika.pictures.glyph_fonts import glyph_font
from mojika.pictures.lines import Style, outline

PAPER, INK = (250, 249, 246), (45, 45, 45)


def legend_strip(picture: np.ndarray, title: str, items: Sequence[tuple[Style, str]], line: float) -> np.ndarray:
    """A strip `(h, W, 3) uint8` for `picture (H, W, 3)`: the title and, behind a swatch of its style, each text."""
    width, longer_side = picture.shape[1], max(picture.shape[:2])
    size = int(np.clip(longer_side / 62, 12, 36))
    font, pad = glyph_font(size), size // 2
    x, row, places = pad * 2 + font.getlength(title) + size, 0, []
    for style, text in items:
        extent = 1.7 * size + font.getlength(text)
        if x + extent > width - pad and x > pad:
            x, row = pad, row + 1
        places.append((x, row, style, text))
        x += extent + size
    height = round((row + 1) * 1.7 * size + pad)
    strip = np.full((height, width, 3), PAPER, np.uint8)
    for x, row, style, _ in places:
        y = pad / 2 + (row + 0.5) * 1.7 * size
        swatch = np.rint([x, y - 0.42 * size, x + 1.2 * size, y + 0.42 * size])
        outline(strip, swatch, style, line)
    image = Image.fromarray(strip)
    draw = ImageDraw.Draw(image)
    draw.text((pad, pad / 2 + 0.85 * size), title, INK, font, anchor="lm")
    for x, row, _, text in places:
        draw.text((x + 1.7 * size, pad / 2 + (row + 0.5) * 1.7 * size), text, INK, font, anchor="lm")
    return np.asarray(image)
