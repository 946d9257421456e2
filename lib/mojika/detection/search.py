"""How pages are searched. Without torch, so that a search that is up to date is told quickly."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Search:
    """How pages are searched; the fields mean what they do in `detect_page`."""

    short_sides: tuple[float, ...]
    gray: bool
    score_threshold: float
    at_most: int
    iou: float
