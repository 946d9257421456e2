"""Contrast normalisation after Ben Graham's winning entry to Kaggle's Diabetic Retinopathy Detection (2015).

Every pixel is compared with its surroundings, so that stains, shadows and the paper's own tone disappear and ink of
any darkness contrasts with middle gray.
"""

import cv2
import numpy as np

SIGMA = 10.0  # pixels


def ben_graham(image: np.ndarray) -> np.ndarray:
    """`4 · image − 4 · Gaussian(image, σ = 10 px) + 128` of an `(H, W[, C]) uint8` image, saturating, same shape.

    The blur is computed in float32 (the 2019 scripts blurred in 8 bits, which moves a pixel by up to 4 levels)
    and mirrors the image at its edges.
    """
    surroundings = cv2.GaussianBlur(image.astype(np.float32), (0, 0), SIGMA, borderType=cv2.BORDER_REFLECT_101)
    contrast = cv2.addWeighted(image, 4, surroundings, -4, 128, dtype=cv2.CV_8U)
    return contrast.reshape(image.shape)
