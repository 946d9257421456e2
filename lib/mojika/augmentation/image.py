"""What is done to one image between the pack and the network, as plain numbers."""

from dataclasses import dataclass
from typing import Annotated

from mojika.errors import ParameterError
from mojika.parameters.declaration import FRACTION, NOT_NEGATIVE, Parameter, Range, declared, low_high
from mojika.sizes import Size, height_width

INTERPOLATIONS = ("nearest", "bilinear", "bicubic")
BORDERS = ("edge", "black")
_ROTATION = Range("0 to 180 degrees", lambda value: 0 <= value <= 180)
_SHEAR = Range("0 to below 90 degrees", lambda value: 0 <= value < 90)
HUE = Range("0 to 0.5 of the colour circle", lambda value: 0 <= value <= 0.5)


@dataclass(frozen=True, kw_only=True)
class ImageAugmentation:
    """The steps, in order: exchange of red and blue, scale, rotate, shear, random resized crop, flips, jitter,
    grayscale, PCA noise, normalise.

    Sizes are pixels, scales fractions of the area, ratios width / height in proportion to the image's own (1 leaves
    the shape of a rectangle as it is), angles degrees between pixels of the pack, `mean` and `std` one number per
    channel for pixels in [0, 1]. Jitter strengths mean what torchvision's `ColorJitter` makes of them. Images are
    resampled once and without antialiasing, so a pack should be cut near `scale_size`.

    An argument left out does nothing; recipes that do not say have the defaults of the 2019 scripts.

    Raises `ParameterError` for a number that has no meaning.
    """

    input_size: Size  # what the network sees
    scale_size: Size  # that to which an image is scaled before it is cropped
    crop_scale: Annotated[
        tuple[float, float],
        Parameter("range of the crop's area fraction", low_high(1.0), "random_resized_crop_scale", default=(0.8, 1.0)),
    ] = (1.0, 1.0)
    crop_ratio: Annotated[
        tuple[float, float],
        Parameter(
            "range of the crop's width / height, 1 being the image's own (default: 0.75,1.3333)",
            low_high(),
            "random_resized_crop_ratio",
            default=(0.75, 4 / 3),
        ),
    ] = (1.0, 1.0)
    horizontal_flip: Annotated[
        float,
        Parameter("probability of a horizontal flip", FRACTION, "random_horizontal_flip", "P", default=0.5),
    ] = 0.0
    vertical_flip: Annotated[
        float, Parameter("probability of a vertical flip", FRACTION, "random_vertical_flip", "P")
    ] = 0.0
    rotate_degree: Annotated[
        float, Parameter("rotate by up to ±D degrees", _ROTATION, "random_rotate_degree", "D", default=3.0)
    ] = 0.0
    shear_degree: Annotated[
        float, Parameter("slant vertical strokes by up to ±D degrees", _SHEAR, "random_shear_degree", "D")
    ] = 0.0
    border: Annotated[
        str,
        Parameter("what is seen beyond an image's border: its edge, repeated, or black as in 2019", choices=BORDERS),
    ] = "edge"
    brightness: Annotated[
        float,
        Parameter(
            "multiply brightness by a factor in 1 ± this (default: 0.10)",
            NOT_NEGATIVE,
            "jitter_brightness",
            default=0.1,
        ),
    ] = 0.0
    contrast: Annotated[
        float,
        Parameter(
            "multiply contrast by a factor in 1 ± this (default: 0.10)", NOT_NEGATIVE, "jitter_contrast", default=0.1
        ),
    ] = 0.0
    saturation: Annotated[
        float,
        Parameter(
            "multiply saturation by a factor in 1 ± this (default: 0.10)",
            NOT_NEGATIVE,
            "jitter_saturation",
            default=0.1,
        ),
    ] = 0.0
    hue: Annotated[
        float, Parameter("shift hue by up to ± this share of the colour circle", HUE, "jitter_hue", default=0.05)
    ] = 0.0
    grayscale_prob: Annotated[
        float, Parameter("probability that an image is converted to gray", FRACTION, "random_grayscale_prob", "P")
    ] = 0.0
    exchange_channels: Annotated[
        bool,
        Parameter(
            "exchange red and blue, as in the pages that the 2019 scripts saved; the model also reads such images then"
        ),
    ] = False
    pca_noise: Annotated[
        float, Parameter("standard deviation of AlexNet's lighting noise", NOT_NEGATIVE, metavar="STD")
    ] = 0.0
    interpolation: str = "bilinear"
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        for parameter in declared(type(self)):
            parameter.check(getattr(self, parameter.argument))
        for name in ("input_size", "scale_size"):
            _require(min(height_width(getattr(self, name))) >= 1, name, "at least 1 pixel", getattr(self, name))
        _require(self.interpolation in INTERPOLATIONS, "interpolation", " or ".join(INTERPOLATIONS), self.interpolation)
        both = (self.mean, self.std)
        _require(len(self.mean) == len(self.std) in (1, 3), "mean", "1 or 3 numbers, as many as of std", both)
        _require(all(deviation > 0 for deviation in self.std), "std", "positive numbers", self.std)

    @property
    def channels(self) -> int:
        return len(self.mean)


def _require(condition: bool, name: str, expected: str, found: object) -> None:
    if not condition:
        raise ParameterError(f"{{{name}}} {found}: expected {expected}")
