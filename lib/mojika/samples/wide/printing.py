"""Words in type on cards, rulers and labels."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mojika.files.fonts import loaded_font


def printed(text: str, size: float, font: Path) -> np.ndarray:
    """Coverage `(H, W) float32` in 0…1 of one line of `text`, about `size` pixels high, cropped to its ink."""
    face = loaded_font(font, max(6, round(size)))
    left, top, right, bottom = face.getbbox(text)
    image = Image.new("L", (max(1, int(right - left)), max(1, int(bottom - top))))
    ImageDraw.Draw(image).text((-left, -top), text, font=face, fill=255)
    return np.asarray(image, np.float32) / 255


def print_on(image: np.ndarray, text: str, x: float, y: float, size: float, shade: float, font: Path) -> None:
    """Print a line into `image (H, W, 3) float32` with its left upper corner at (x, y), in a gray of `shade`."""
    coverage = printed(text, size, font)
    left, top = max(0, int(x)), max(0, int(y))
    area = image[top : top + coverage.shape[0], left : left + coverage.shape[1]]
    area += coverage[: area.shape[0], : area.shape[1], None] * (shade - area)
