"""Which detector: its kind, its backbone and what its images are normalised by."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from mojika.parameters.declaration import POSITIVE, Parameter

DETECTOR_KINDS = ("faster-rcnn", "centernet")


@dataclass(frozen=True)
class DetectorArchitecture:
    """All that is needed to build the detector again; stored in every checkpoint.

    `width` is the number of channels behind the backbone; `mean` and `std` are one number per colour for levels in
    [0, 1], by default those of ImageNet; `shared_head` is for CenterNet alone.
    """

    kind: Annotated[str, Parameter("detector to train", name="architecture", choices=DETECTOR_KINDS)] = "faster-rcnn"
    backbone: Annotated[str, Parameter("2019 name or any timm name")] = "resnet101"
    width: Annotated[int, Parameter("channels of the layers after the backbone", POSITIVE)] = 256
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    shared_head: Annotated[
        bool,
        Parameter("CenterNet's heads for centres, sizes and offsets share their first convolution, which is faster"),
    ] = False

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "DetectorArchitecture":
        """The inverse of `to_plain`, also where a file has made lists of the tuples."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**values)
