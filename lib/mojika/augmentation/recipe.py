"""What is done to one image between the pack and the network, as plain numbers."""

from dataclasses import dataclass

from mojika.errors import UserError
from mojika.sizes import Size, height_width

INTERPOLATIONS = ("nearest", "bilinear", "bicubic")


@dataclass(frozen=True, kw_only=True)
class AugmentationRecipe:
    """The steps, in order: scale, rotate, shear, random resized crop, flips, jitter, grayscale, PCA noise, normalise.

    Sizes are pixels, scales fractions of the area, ratios width / height in proportion to the image's own (1 leaves
    the shape of a rectangle as it is), angles degrees between pixels of the pack, `mean` and `std` one number per
    channel for pixels in [0, 1]. Jitter strengths mean what torchvision's `ColorJitter` makes of them. Images are
    resampled once and without antialiasing, so a pack should be cut near `scale_size`.

    Raises `UserError` for a number that has no meaning.
    """

    input_size: Size  # what the network sees
    scale_size: Size  # that to which an image is scaled before it is cropped
    rotate_degree: float = 0.0  # uniform in [-d, d]
    shear_degree: float = 0.0  # of uprights to the left or right, uniform in [-d, d]
    crop_scale: tuple[float, float] = (1.0, 1.0)
    crop_ratio: tuple[float, float] = (1.0, 1.0)
    horizontal_flip: float = 0.0  # probabilities
    vertical_flip: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    grayscale_prob: float = 0.0
    pca_noise: float = 0.0  # standard deviation of AlexNet's lighting noise
    interpolation: str = "bilinear"
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("input_size", "scale_size"):
            _require(min(height_width(getattr(self, name))) >= 1, name, "at least 1 pixel", getattr(self, name))
        _require(0 <= self.rotate_degree <= 180, "rotate_degree", "0 to 180 degrees", self.rotate_degree)
        _require(0 <= self.shear_degree < 90, "shear_degree", "0 to below 90 degrees", self.shear_degree)
        for name, ceiling in (("crop_scale", 1.0), ("crop_ratio", float("inf"))):
            low, high = getattr(self, name)
            _require(0 < low <= high <= ceiling, name, f"0 < low <= high <= {ceiling:g}", (low, high))
        for name in ("horizontal_flip", "vertical_flip", "grayscale_prob"):
            _require(0 <= getattr(self, name) <= 1, name, "a probability", getattr(self, name))
        for name in ("brightness", "contrast", "saturation", "pca_noise"):
            _require(getattr(self, name) >= 0, name, "zero or more", getattr(self, name))
        _require(0 <= self.hue <= 0.5, "hue", "0 to 0.5 of a turn", self.hue)
        _require(self.interpolation in INTERPOLATIONS, "interpolation", " or ".join(INTERPOLATIONS), self.interpolation)
        both = (self.mean, self.std)
        _require(len(self.mean) == len(self.std) in (1, 3), "mean and std", "1 or 3 numbers each", both)
        _require(all(deviation > 0 for deviation in self.std), "std", "positive numbers", self.std)

    @property
    def channels(self) -> int:
        return len(self.mean)


def _require(condition: bool, name: str, expected: str, found: object) -> None:
    if not condition:
        raise UserError(f"augmentation: {name} must be {expected}, found {found}; change the flag of that name")
