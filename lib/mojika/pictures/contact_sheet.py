"""Crops with what they are and what was read, on one picture."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from mojika.data.class_list import shown
from mojika.files.atomic import atomic_write
from mojika.pictures.glyph_fonts import fitting_font
from mojika.pictures.lines import GREEN, VERMILION

_CELLS_AT_MOST = 320
_SMALLEST = 12  # pixels of a letter
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
        sheet.paste(cell(images[i]), (x, y))
        _write(draw, caption, x + CELL / 2, y + CELL + CAPTION / 2)
        draw.rectangle((x - 1, y - 1, x + CELL, y + CELL), outline=edge)
    return sheet


def cell(image: np.ndarray) -> Image.Image:
    """An image `(H, W, C) uint8` as large as a cell can show it."""
    picture = Image.fromarray(image if image.shape[2] == 3 else image[:, :, 0]).convert("RGB")
    return ImageOps.pad(picture, (CELL, CELL), Image.Resampling.BICUBIC, PAPER)


def _write(draw: ImageDraw.ImageDraw, caption: Sequence[Piece], x: float, y: float) -> None:
    """Around this point: side by side, and below each other where that would be too small to read."""
    count = len(caption)
    fonts = [fitting_font(text, 20, CELL if count == 1 else 0.4 * CELL) for text, _ in caption]
    aside, down = 0.44 * CELL, 0.0
    if count > 1 and min(font.size for font in fonts) < _SMALLEST:
        fonts = [fitting_font(text, _SMALLEST, CELL) for text, _ in caption]
        aside, down = 0.0, _SMALLEST
    for number, ((text, colour), font) in enumerate(zip(caption, fonts, strict=True)):
        off = number - (count - 1) / 2
        draw.text((x + off * aside, y + off * down), _within_cell(text, font), colour, font, anchor="mm")


def _within_cell(text: str, font: ImageFont.FreeTypeFont) -> str:
    text = text[:CELL]
    while font.getlength(text) > CELL:
        text = f"{text[:-2]}…"
    return text


def _texts(labels: np.ndarray) -> list[str]:
    return [shown(label) for label in labels]
