"""A page as each network wants to see it, made once for all that want the same."""

from collections.abc import Sequence

import numpy as np

from mojika.data.preprocess_pages import STEPS
from mojika.errors import UserError

_LARGEST_VIEW = 50_000_000  # pixels: of a page so long and narrow that it would have more, a smaller view is searched


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
