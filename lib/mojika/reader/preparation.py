"""A page as each network wants to see it, made once for all that want the same."""

from collections.abc import Mapping, Sequence

import numpy as np

from mojika.data.preprocess_pages import STEPS
from mojika.errors import UserError
from mojika.preprocessing.denoise import REACH, denoise_within

Forms = Mapping[tuple[str, ...] | None, np.ndarray]  # of one page, by the steps that made them
_LARGEST_VIEW = 20_000_000  # pixels: of a page so long and narrow that it would have more, a smaller view is searched
_STRIP = 96  # pixels


class PreparedPages:
    """Remembers the forms of the page that was asked for last, which is told by its identity."""

    def __init__(self) -> None:
        self._page: np.ndarray | None = None
        self._forms: dict[tuple[str, ...], np.ndarray] = {}

    def form(self, page: np.ndarray, steps: Sequence[str] | None) -> np.ndarray:
        """The page `(H, W, 3) uint8` after `steps` of `mojika preprocess`, one after the other; None: as it came."""
        if page is not self._page:
            self._page, self._forms = page, {(): page}
        steps = tuple(steps or ())
        if steps not in self._forms:
            self._forms[steps] = STEPS[steps[-1]](self.form(page, steps[:-1]))
        return self._forms[steps]

    def around(self, page: np.ndarray, steps: Sequence[str] | None, rectangles: np.ndarray) -> np.ndarray:
        """As `form`, as far as crops of `rectangles (N, 4) int64` show it; the rest of the page may be less prepared.

        Denoising a whole page takes longer than everything else, and characters are a small part of it.
        """
        steps = tuple(steps or ())
        wanted = _strips(_seen_in_crops(rectangles, page), page)
        (height, width), sides = page.shape[:2], wanted[:, 2:] - wanted[:, :2] + 2 * REACH
        if page is self._page and steps in self._forms:
            return self._forms[steps]
        if steps[-1:] != ("denoise",) or sides.prod(axis=1).sum() >= height * width:
            return self.form(page, steps)
        before, key = self.form(page, steps[:-1]), (*steps, rectangles.tobytes().hex())
        if key not in self._forms:
            self._forms[key] = denoise_within(before, wanted.tolist())
        return self._forms[key]


def _seen_in_crops(rectangles: np.ndarray, page: np.ndarray) -> np.ndarray:
    """The rectangles with what antialiased resizing to 16 pixels or more takes from beyond their edges."""
    margin = (rectangles[:, 2:] - rectangles[:, :2]) // 8 + 4
    height, width = page.shape[:2]
    first = np.maximum(rectangles[:, :2] - margin, 0)
    return np.concatenate([first, np.minimum(rectangles[:, 2:] + margin, [width, height])], axis=1)


def _strips(rectangles: np.ndarray, page: np.ndarray) -> np.ndarray:
    """Strips `(M, 4) int64`, apart from each other, that cover the rectangles: runs of the squares that these touch."""
    height, width = page.shape[:2]
    touched = np.zeros((-(-height // _STRIP), -(-width // _STRIP)), bool)
    for x1, y1, x2, y2 in rectangles.tolist():
        touched[y1 // _STRIP : -(-y2 // _STRIP), x1 // _STRIP : -(-x2 // _STRIP)] = True
    ends = np.diff(touched.astype(np.int8), axis=1, prepend=0, append=0)
    (row, left), (_, right) = np.nonzero(ends == 1), np.nonzero(ends == -1)
    strips = np.stack([left, row, right, row + 1], axis=1) * _STRIP
    return np.minimum(strips, [width, height, width, height])


def expect_known_steps(name: str, steps: Sequence[str] | None) -> None:
    """Raises `UserError` where the model of this `name` wants pages that this version cannot make."""
    unknown = [step for step in steps or () if step not in STEPS]
    if unknown:
        raise UserError(
            f"{name}: its pages went through {', '.join(unknown)}; this version knows {', '.join(STEPS)} only"
        )


def searched_sides(page: np.ndarray, short_sides: Sequence[int]) -> list[float]:
    """The short sides at which a page `(H, W, 3)` is searched: as asked for, but for pages of extreme proportions."""
    short, long = sorted(page.shape[:2])
    largest = (_LARGEST_VIEW * short / long) ** 0.5
    return list(dict.fromkeys(min(float(side), largest) for side in short_sides))
