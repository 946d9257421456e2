"""Pages with black rectangles on light paper, whose boxes are known exactly."""

from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture
def draw_page() -> Callable[..., np.ndarray]:
    """`draw_page(width, height, boxes, paper)`: `(H, W, 3) uint8`, black in `boxes` of whole pixels."""

    def draw(width: int, height: int, boxes: np.ndarray, paper: tuple[int, int, int] = (230, 210, 180)) -> np.ndarray:
        page = np.full((height, width, 3), paper, np.uint8)
        for x1, y1, x2, y2 in np.asarray(boxes, int).reshape(-1, 4):
            page[y1:y2, x1:x2] = 0
        return page

    return draw
