"""Bengali graphemes as Kaggle's bengaliai-cv19 stores them, 137 × 236 with dark ink, made into inputs with bright ink.

Three forms: `native` only inverts; `HxW` also resizes, regardless of the aspect ratio; `crop:S` finds the ink and makes
a square of it. The last is the rule of the public kernel "Image preprocessing (128x128)" (Iafoss, bengaliai-cv19),
which many solutions of 2020 were trained on, with the same result to the last bit. `…+unruled` takes the printed lines
of a form out first.
"""

import re
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from mojika.errors import UserError
from mojika.preprocessing.ruled_lines import remove_ruled_lines

HEIGHT, WIDTH = 137, 236  # pixels, of the competition's canvas
_INK = 80  # gray levels above which a pixel is certainly ink
_FAINT = 28  # … below which it is paper
_FRAME = 5  # pixels at each edge, where scans have lines
_MARGIN_X, _MARGIN_Y = 13, 10  # pixels around the box of the ink
_PADDING = 16  # pixels that the square is larger than the longer side


@dataclass(frozen=True)
class GraphemeForm:
    """`height` and `width` of the images, in pixels, whether they are `cropped` to their ink, and `unruled` before."""

    height: int
    width: int
    cropped: bool = False
    unruled: bool = False

    @classmethod
    def parse(cls, text: str) -> "GraphemeForm":
        """`native`, `HxW` or `crop:S`, each with `+unruled` behind it or not; raises `UserError` on anything else."""
        number = "([1-9][0-9]{0,3})"
        sizes = re.fullmatch(rf"(?:native|{number}x{number}|crop:{number})(\+unruled)?", text)
        if not sizes:
            raise UserError(
                f"expected native, HEIGHTxWIDTH or crop:SIDE (192x330, crop:128), maybe with +unruled, found {text!r}"
            )
        height, width, side, unruled = sizes.groups()
        size = int(side or height or HEIGHT), int(side or width or WIDTH)
        return cls(*size, cropped=side is not None, unruled=unruled is not None)

    def __str__(self) -> str:
        whole = "native" if self.size == (HEIGHT, WIDTH) else f"{self.height}x{self.width}"
        return (f"crop:{self.height}" if self.cropped else whole) + "+unruled" * self.unruled

    @property
    def size(self) -> tuple[int, int]:
        return self.height, self.width

    def prepare(self, images: np.ndarray) -> np.ndarray:
        """Images `(N, 137, 236) uint8`, ink dark, as `(N, height, width, 1) uint8`, ink bright."""
        bright = 255 - images
        if self.unruled:
            bright = np.stack([remove_ruled_lines(image) for image in bright]) if len(bright) else bright
        prepared: np.ndarray | list[np.ndarray] = bright
        if self.cropped:
            prepared = [crop_and_resize(image, self.height) for image in bright]
        elif self.size != bright.shape[1:]:
            prepared = [resize(image, *self.size) for image in bright]
        return np.asarray(prepared, np.uint8).reshape(-1, *self.size, 1)


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """An image `(H, W) uint8` as `(height, width) uint8`, bicubic and antialiased."""
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def crop_and_resize(image: np.ndarray, side: int) -> np.ndarray:
    """The ink of an image `(H, W) uint8`, ink bright, on a square `(side, side) uint8`.

    1. Gray levels are multiplied by 255 ÷ the brightest one and cut off to whole numbers.
    2. The box from the first to the last row and column with a pixel above 80, a frame of 5 pixels at the edges left
       out. Its coordinates count from the inner corner of that frame and are then taken for the image's own, as the
       kernel does, which moves the box by 5 pixels to the upper left.
    3. It grows by 13 pixels to the left and right and by 10 to the top and bottom, or to the image's edge. So 18 and 15
       pixels lie left of and above the ink, 7 and 4 right of and below it (the last row and column are exclusive).
    4. Pixels below 28 become 0.
    5. Black is added on both sides of each axis, up to the longer side + 16 pixels (one less where an odd number would
       have to be halved).
    6. Resized to the square by the bilinear filter, not antialiased.

    Without ink inside the frame the whole image is the box; a blank image comes back blank.
    """
    height, width = image.shape
    stretched = (image * (255.0 / max(image.max(), 1))).astype(np.uint8)
    x1, y1, x2, y2 = _ink_box(stretched)
    x1, y1 = max(x1 - _MARGIN_X, 0), max(y1 - _MARGIN_Y, 0)
    x2 = x2 + _MARGIN_X if x2 < width - _MARGIN_X else width
    y2 = y2 + _MARGIN_Y if y2 < height - _MARGIN_Y else height
    box = stretched[y1:y2, x1:x2]
    box = np.where(box < _FAINT, np.uint8(0), box)
    longer = max(box.shape) + _PADDING
    rows, columns = ((longer - extent) // 2 for extent in box.shape)
    return cv2.resize(np.pad(box, ((rows, rows), (columns, columns))), (side, side), interpolation=cv2.INTER_LINEAR)


def _ink_box(image: np.ndarray) -> tuple[int, int, int, int]:
    """First and last column and row with ink, in the coordinates of step 2: x1, y1, x2, y2."""
    ink = image[_FRAME:-_FRAME, _FRAME:-_FRAME] > _INK
    columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    if not len(columns):
        return 0, 0, image.shape[1], image.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])
