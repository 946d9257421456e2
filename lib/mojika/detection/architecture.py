"""Which detector: its kind, its backbone and what its images are normalised by."""

from dataclasses import asdict, dataclass
from typing import Any

DETECTOR_KINDS = ("faster-rcnn", "centernet")


@dataclass(frozen=True)
class DetectorArchitecture:
    """All that is needed to build the detector again; stored in every checkpoint.

    `width` is the number of channels behind the backbone; `mean` and `std` are one number per colour for levels in
    [0, 1], by default those of ImageNet; `shared_head` is for CenterNet alone.
    """

    kind: str = "faster-rcnn"
    backbone: str = "resnet101"
    width: int = 256
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    shared_head: bool = False

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "DetectorArchitecture":
        """The inverse of `to_plain`, also where a file has made lists of the tuples."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**values)
