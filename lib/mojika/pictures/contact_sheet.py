"""Crops with what they are and what was read, on one picture."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mojika.data.class_list import shown
from mojika.files.atomic import atomic_write
from mojika.pictures.glyph_fonts import fitting_font
from mojika.pictures.lines import GREEN, VERMILION

_CELLS_AT_MOST = 320
CELL, CAPTION, MARGIN = 72, 26, 4
INK, PAPER = (60, 60, 60), (255, 255, 255)
Colour = tuple[int, ...]
Piece = tuple[str, Colour]  # a text and its colour


def write_contact_sheet(
    path: Path, gather: Callable[[np.ndarray], np.ndarray], truths: np.ndarray, predictions: np.ndarray
) -> None:
    """A PNG of wrong readings first, then right ones, as many as one can look at.

    `gather` returns the images `(n, H, W, C) uint8` of samples by number; `truths` and `predictions` are labels `(N,)`.
    """
    rows = np.argsort(truths == predictions, kind="stable")[:_CELLS_AT_MOST]
    sheet = draw_contact_sheet(gather(rows), _texts(truths[rows]), _texts(predictions[rows]))
    with atomic_write(path) as file:
        sheet.save(file, "PNG")


def draw_contact_sheet(
    images: np.ndarray, truths: Sequence[str], predictions: Sequence[str], columns: int = 16
) -> Image.Image:
    """One cell per crop, in the given order: the image, below it the truth and, in green or vermilion, the prediction.

    `images` is `(N, H, W, C) uint8`. Raises `UserError` where no font draws Japanese.
    """
    colours = [GREEN if truth == read else VERMILION for truth, read in zip(truths, predictions, strict=True)]
    captions = [
        [(truth, INK), (read, colour)] for truth, read, colour in zip(truths, predictions, colours, strict=True)
    ]
    return draw_sheet(images, captions, colours, columns)


def draw_sheet(
    images: np.ndarray, captions: Sequence[Sequence[Piece]], edges: Sequence[Colour], columns: int
) -> Image.Image:
    """One cell per image `(N, H, W, C) uint8`: in an edge of its colour, the pieces of its caption evenly below it."""
    rows = -(-len(images) // columns)
    width, height = columns * (CELL + MARGIN) + MARGIN, rows * (CELL + CAPTION + MARGIN) + MARGIN
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    for i, (caption, edge) in enumerate(zip(captions, edges, strict=True)):
        x = MARGIN + i % columns * (CELL + MARGIN)
        y = MARGIN + i // columns * (CELL + CAPTION + MARGIN)
        crop = Image.fromarray(images[i] if images.shape[3] == 3 else images[i, :, :, 0]).convert("RGB")
        sheet.paste(crop.resize((CELL, CELL), Image.Resampling.BICUBIC), (x, y))
        for number, (text, colour) in enumerate(caption):
            middle = x + CELL * (0.5 + 0.44 * (number - (len(caption) - 1) / 2))
            font = fitting_font(text, 20, CELL if len(caption) == 1 else 0.4 * CELL)
            draw.text((middle, y + CELL + CAPTION / 2), text, colour, font, anchor="mm")
        draw.rectangle((x - 1, y - 1, x + CELL, y + CELL), outline=edge)
    return sheet


def _texts(labels: np.ndarray) -> list[str]:
    return [shown(label) for label in labels]
