"""Non-local means denoising: each pixel becomes the mean of pixels whose surroundings look alike.

Buades, Coll, Morel: Non-Local Means Denoising, Image Processing On Line 1 (2011).
"""

import cv2
import numpy as np

STRENGTH = 20  # of luminance and of colour, in gray levels
TEMPLATE = 7  # pixels: the surroundings that are compared
SEARCH = 21  # pixels: how far like pixels are looked for


def denoise(image: np.ndarray) -> np.ndarray:
    """Denoise an RGB image, `(H, W, 3) uint8`, by OpenCV's colour variant, which works in CIE Lab; same shape."""
    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    denoised = cv2.fastNlMeansDenoisingColored(blue_first, None, STRENGTH, STRENGTH, TEMPLATE, SEARCH)
    return cv2.cvtColor(denoised, cv2.COLOR_BGR2RGB)
