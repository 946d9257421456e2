"""How a reader reads: every number that decides what becomes of a page, beside the models."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from mojika.boxes.limits import KEPT_FROM


@dataclass(frozen=True, kw_only=True)
class ReaderSettings:
    """Searching (`short_sides` in pixels, `gray`, `score_threshold`, `at_most` boxes, `iou` of two boxes of which one
    goes, see `detect_page`), reading (`views` of each crop as `--tta` has them, `padding` around a box, see
    `classify_pages`) and what stays: of boxes that overlap by more than `nms_iou` the better one by `nms_by`, and of
    those what the filter, where there is one, finds more probable than `filter_threshold`.
    """

    short_sides: tuple[int, ...]
    gray: bool = False
    score_threshold: float = 0.1
    at_most: int = 1300
    iou: float = 0.5
    views: int | str = 5
    padding: float = 0.10
    nms_by: str = "prob"
    nms_iou: float = 0.30
    filter_threshold: float = KEPT_FROM

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self) | {"short_sides": list(self.short_sides)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """The inverse; raises `ValueError` for a key that this version does not know."""
        unknown = sorted(plain.keys() - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"expected only settings that this version knows, found {', '.join(unknown)}")
        return cls(**plain | {"short_sides": tuple(plain["short_sides"])})
