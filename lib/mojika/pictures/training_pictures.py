"""What a training is shown and what it gets wrong, as pictures beside its curves."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from mojika.pictures.contact_sheet import CELL, INK, MARGIN, PAPER, cell, draw_sheet
from mojika.pictures.glyph_fonts import fitting_font
from mojika.pictures.lines import BLUE, VERMILION, Style, line_width, outline, scaled_down

_EDGE = (200, 200, 200)
_TILE_SIDE = 640  # pixels of a tile's picture at most
_HEADER = 150  # pixels, for the text of a confusion


def draw_samples(images: np.ndarray, targets: Sequence[Sequence[tuple[str, float]]], columns: int = 8) -> np.ndarray:
    """Crops `(N, H, W, C) uint8` above their targets, `(H, W, 3) uint8`.

    A target is a text with its share of the image. Of a mixed image the two largest are said, in percent.
    """
    captions = []
    for shares in targets:
        largest = sorted(shares, key=lambda target: -target[1])[:2]
        mixed = largest[0][1] < 0.995
        captions.append([(f"{text} {100 * share:.0f}" if mixed else text, INK) for text, share in largest[: 1 + mixed]])
    return np.asarray(draw_sheet(images, captions, [_EDGE] * len(images), columns))


class Confusion(NamedTuple):
    """`times` of `support` crops of `truth` were read as `read`; some of them `(n, H, W, C) uint8`."""

    truth: str
    read: str
    times: int
    support: int
    crops: np.ndarray


def draw_confusions(confusions: Sequence[Confusion]) -> np.ndarray:
    """A row for each: what was read as what and how often, and its crops. `(H, W, 3) uint8`."""
    most = max(len(each.crops) for each in confusions)
    row = CELL + MARGIN
    picture = Image.new("RGB", (_HEADER + most * row + MARGIN, len(confusions) * row + MARGIN), PAPER)
    draw = ImageDraw.Draw(picture)
    for number, each in enumerate(confusions):
        top = number * row + MARGIN
        said = ((each.truth, 0.22, INK), ("→", 0.46, INK), (each.read, 0.7, VERMILION))
        for text, place, colour in said:
            font = fitting_font(text, 30, 0.3 * _HEADER)
            draw.text((place * _HEADER, top + CELL * 0.42), text, colour, font, anchor="mm")
        words = f"{each.times} of {each.support}"
        draw.text((0.46 * _HEADER, top + CELL * 0.86), words, INK, fitting_font(words, 13, _HEADER), anchor="mm")
        for place, crop in enumerate(each.crops):
            picture.paste(cell(crop), (_HEADER + place * row, top))
    return np.asarray(picture)


def draw_tiles(tiles: np.ndarray, boxes: Sequence[np.ndarray]) -> np.ndarray:
    """Tiles `(N, S, S, 3) uint8` side by side with their target boxes `(M, 4)`, `(H, W, 3) uint8`."""
    drawn = []
    for tile, own in zip(tiles, boxes, strict=True):
        canvas, factors = scaled_down(tile, _TILE_SIDE)
        canvas = canvas.copy()
        for box in own * factors:
            outline(canvas, box, Style(BLUE, width=1.5), line_width(canvas))
        drawn.append(np.pad(canvas, ((0, 0), (0, MARGIN), (0, 0)), constant_values=255))
    return np.concatenate(drawn, axis=1)[:, :-MARGIN]
