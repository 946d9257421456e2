"""Non-local means denoising: each pixel becomes the mean of pixels whose surroundings look alike.

Buades, Coll, Morel: Non-Local Means Denoising, Image Processing On Line 1 (2011).
"""

from collections.abc import Iterable

import cv2
import numpy as np

STRENGTH = 20  # of luminance and of colour, in gray levels
TEMPLATE = 7  # pixels: the surroundings that are compared
SEARCH = 21  # pixels: how far like pixels are looked for
REACH = SEARCH // 2 + TEMPLATE // 2  # pixels around one that decide it


def denoise(image: np.ndarray) -> np.ndarray:
    """Denoise an RGB image, `(H, W, 3) uint8`, by OpenCV's colour variant, which works in CIE Lab; same shape."""
    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    denoised = cv2.fastNlMeansDenoisingColored(blue_first, None, STRENGTH, STRENGTH, TEMPLATE, SEARCH)
    return cv2.cvtColor(denoised, cv2.COLOR_BGR2RGB)


def denoise_within(image: np.ndarray, rectangles: Iterable[tuple[int, int, int, int]]) -> np.ndarray:
    """What `denoise` makes of an image within `rectangles` (x1, y1, x2, y2 in whole pixels, x2 and y2 exclusive), bit
    by bit; what lies beside them stays as it was."""
    height, width = image.shape[:2]
    denoised = image.copy()
    for x1, y1, x2, y2 in rectangles:
        left, top = max(0, x1 - REACH), max(0, y1 - REACH)
        part = denoise(image[top : min(height, y2 + REACH), left : min(width, x2 + REACH)])
        denoised[y1:y2, x1:x2] = part[y1 - top : y2 - top, x1 - left : x2 - left]
    return denoised
