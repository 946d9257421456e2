"""What a reader needs of its networks, whichever program computes them."""

from typing import Protocol

import numpy as np

from mojika.data.class_list import ClassList


class Engine(Protocol):
    """A detector and one or several classifiers that share `classes`, loaded once."""

    @property
    def classes(self) -> ClassList: ...

    def find(self, page: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes `(K, 4) float32` (x1, y1, x2, y2) and scores `(K,) float32` by falling score, of an upright page
        `(H, W, 3) uint8` as it came."""

    def read(self, page: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Probabilities `(K, classes) float32` of what stands in each of `boxes (K, 4)` of the same page."""
