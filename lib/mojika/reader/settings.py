"""How a reader reads: every number that decides what becomes of a page, beside the models."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from mojika.boxes.limits import KEPT_FROM

_SHARES = ("neighbour_threshold", "furigana_below", "certainty_threshold")
_ADDED = ("two_views", *_SHARES)
VIEWS = (1, 5, 6, 7, 10, "10-inner", 20)  # as mojika.recognition.test_time_augmentation has them, which needs torch


@dataclass(frozen=True, kw_only=True)
class ReaderSettings:
    """Searching (`short_sides` in pixels, `gray`, `two_views`, `score_threshold`, `at_most` boxes, `iou` of two boxes
    of which one goes, see `detect_page`), reading (`views` of each crop, one of `VIEWS`, `padding` around a box, see
    `classify_pages`) and what stays: of boxes that overlap by more than `nms_iou` the better one by `nms_by`, of
    those what the filter, where there is one, finds more probable than `filter_threshold`, what is not smaller than
    `furigana_below` times a box at its left, and of that the characters whose score, times the probability of what they
    are read as, reaches `certainty_threshold`. Before anything is read, boxes go that `mojika.boxes.neighbourhood`
    finds less probable than `neighbour_threshold`; 0: it is not asked.

    Raises `ValueError` for values that have no meaning.
    """

    short_sides: tuple[int, ...]
    gray: bool = False
    two_views: bool = False
    score_threshold: float = 0.1
    at_most: int = 1300
    iou: float = 0.5
    views: int | str = 5
    padding: float = 0.10
    nms_by: str = "prob"
    nms_iou: float = 0.30
    filter_threshold: float = KEPT_FROM
    neighbour_threshold: float = 0.0
    furigana_below: float = 0.0
    certainty_threshold: float = 0.0

    def __post_init__(self) -> None:
        for name in ("score_threshold", "iou", "padding", "nms_iou", "filter_threshold", *_SHARES):
            value = getattr(self, name)
            _require(isinstance(value, int | float) and 0 <= value <= 1, name, "a number from 0 to 1", value)
        whole = isinstance(self.short_sides, tuple) and all(isinstance(side, int) for side in self.short_sides)
        sides = whole and len(self.short_sides) > 0 and min(self.short_sides) > 0
        _require(sides, "short_sides", "numbers of pixels", self.short_sides)
        for name in ("gray", "two_views"):
            _require(isinstance(getattr(self, name), bool), name, "true or false", getattr(self, name))
        _require(isinstance(self.at_most, int) and self.at_most > 0, "at_most", "a number of boxes", self.at_most)
        _require(self.views in VIEWS, "views", f"one of {VIEWS}", self.views)
        _require(self.nms_by in ("prob", "box_score"), "nms_by", "prob or box_score", self.nms_by)

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it; what was added later is left out where it changes nothing, so older pages stay up to date."""
        plain = asdict(self) | {"short_sides": list(self.short_sides)}
        return {name: value for name, value in plain.items() if value or name not in _ADDED}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """The inverse; raises `ValueError` for a key that this version does not know, or a value without meaning."""
        _require(isinstance(plain, dict), "settings", "a dictionary", plain)
        unknown = sorted(plain.keys() - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"expected only settings that this version knows, found {', '.join(unknown)}")
        sides = plain.get("short_sides")
        return cls(**plain | {"short_sides": tuple(sides) if isinstance(sides, list) else sides})


def _require(condition: bool, name: str, expected: str, found: object) -> None:
    if not condition:
        raise ValueError(f"{name}: expected {expected}, found {found}")
