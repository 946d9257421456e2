"""Brush fonts and the shapes of their glyphs as signed distance fields."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from mojika.files.fonts import FontFile, code_points, find_fonts, loaded_font

# style -> (file name, Debian package); grass script is the cursive that most of kuzushiji is written in
BRUSH_FONTS = {
    "grass": ("KouzanBrushFontSousyo.ttf", "fonts-kouzan-mouhitsu"),
    "running": ("kouzan-mouhitsu-gyosho.ttf", "fonts-kouzan-mouhitsu"),
    "standard": ("kouzan-mouhitsu.ttf", "fonts-kouzan-mouhitsu"),
    "slender": ("aoyagi-soseki.ttf", "fonts-aoyagi-soseki"),
}

_EM = 192  # pixels per em of a stored shape
_MARGIN = 0.15  # em of empty space around the ink of a stored shape


@dataclass(frozen=True)
class Shape:
    """One glyph: `distance (H, W) float32` to the outline in em, positive inside the ink; pixels are 1/192 em.

    The ink's bounding box is the array without `margin` pixels on each side. `stroke_width` is in em: twice the ink's
    area over the length of its outline.
    """

    distance: np.ndarray
    stroke_width: float
    margin: int = round(_EM * _MARGIN)
    em: int = _EM

    @property
    def width(self) -> float:
        """Width of the ink in em."""
        return (self.distance.shape[1] - 2 * self.margin) / self.em

    @property
    def height(self) -> float:
        """Height of the ink in em."""
        return (self.distance.shape[0] - 2 * self.margin) / self.em


class BrushFont(FontFile):
    def draws(self, character: str) -> bool:
        """Whether the font has ink for the character: brush fonts claim code points that they leave blank."""
        return len(character) == 1 and ord(character) in code_points(self.path) and _has_ink(self.path, character)

    def shape(self, character: str) -> Shape:
        if not self.draws(character):
            raise KeyError(f"{self.path.name} has no ink for {character!r}")
        return _shape(self.path, character)


@lru_cache(maxsize=65536)
def _has_ink(path: Path, character: str) -> bool:
    return bool(np.count_nonzero(_mask(path, character)) >= (_EM * 0.02) ** 2)


@lru_cache(maxsize=4096)
def _shape(path: Path, character: str) -> Shape:
    mask = _mask(path, character)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    inside = np.pad(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], Shape.margin)
    return Shape(signed_distance(inside), stroke_width_of(inside))


def stroke_width_of(inside: np.ndarray) -> float:
    """In em, of a mask at 192 pixels per em that is empty at its border: twice the area over the outline's length."""
    outline = sum(np.count_nonzero(np.diff(inside, axis=axis)) for axis in (0, 1)) * np.pi / 4  # Cauchy–Crofton
    return 2 * np.count_nonzero(inside) / outline / _EM


def _mask(path: Path, character: str) -> np.ndarray:
    """The glyph as a `(H, W) bool` array at 192 pixels per em; empty where the font draws nothing."""
    font = loaded_font(path, _EM)
    left, top, right, bottom = font.getbbox(character)
    image = Image.new("L", (max(0, int(right - left)), max(0, int(bottom - top))))
    if 0 not in image.size:
        ImageDraw.Draw(image).text((-left, -top), character, font=font, fill=255)
    return np.asarray(image) > 127


def signed_distance(inside: np.ndarray) -> np.ndarray:
    """Distance in em to the outline of a `(H, W) bool` mask at 192 pixels per em, positive inside."""
    within = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    without = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    return (np.where(inside, within - 0.5, 0.5 - without) / _EM).astype(np.float32)


def find_brush_fonts() -> dict[str, BrushFont]:
    """The installed brush fonts by style.

    Raises:
        UserError: one of them is not installed; the message names the Debian packages.
    """
    found = find_fonts(BRUSH_FONTS, "generated pages are drawn with brush fonts")
    return {style: BrushFont(style, path) for style, path in found.items()}
