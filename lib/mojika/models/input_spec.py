"""What a trained network wants to be shown; nothing of how it was trained. Every checkpoint stores it under `input`.

As a plain dictionary a spec holds only what differs from the defaults, and a key that this version does not know is
refused: it says of the images what this version could not do, and reading them without it would be silently wrong.
So a field may be added if its default means what all versions before it did; files that do not need it stay readable
everywhere.
"""

import math
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self, TypeGuard

from mojika.sizes import Size


@dataclass(frozen=True, kw_only=True)
class _Pixels:
    """1 channel (gray) or 3 (RGB), and `mean` and `std` of each for levels in [0, 1].

    `page_preprocessing` are the steps of `mojika preprocess` that the pages of training went through, none for pages as
    they came; None where it is not known, and for images that are not from pages.

    Raises `ValueError` for values that have no meaning.
    """

    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    page_preprocessing: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _require(self.channels in (1, 3), "channels", "1 or 3", self.channels)
        for name in ("mean", "std"):
            values = getattr(self, name)
            numbers = isinstance(values, tuple) and all(map(_is_number, values)) and len(values) == self.channels
            _require(numbers, name, f"{self.channels} numbers", values)
        _require(min(self.std) > 0, "std", "positive numbers", self.std)
        steps = self.page_preprocessing
        named = steps is None or (isinstance(steps, tuple) and all(isinstance(step, str) for step in steps))
        _require(named, "page_preprocessing", "names of steps", steps)

    def to_plain(self) -> dict[str, Any]:
        """Plain values as JSON has them, without the defaults."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            field.name: list(values[field.name]) if isinstance(values[field.name], tuple) else values[field.name]
            for field in fields(self)
            if values[field.name] != field.default
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """The inverse of `to_plain`; raises `ValueError` for a key too many or too few, or a value without meaning."""
        _require(isinstance(plain, dict), "spec", "a dictionary", plain)
        names = {field.name for field in fields(cls)}
        unknown = sorted(map(str, plain.keys() - names))
        _require(not unknown, "keys", f"only {', '.join(sorted(names))} (a later version wrote it)", ", ".join(unknown))
        missing = [field.name for field in fields(cls) if field.default is MISSING and field.name not in plain]
        _require(not missing, ", ".join(missing), "a value", "none")
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class InputSpec(_Pixels):
    """Of a classifier: an image is scaled to `scale_size`, resampled by `interpolation`, and its centre is cropped.

    Sizes are in pixels. `grapheme_form` is the form to which scanned graphemes are brought before that, None for other
    images and where a file does not say it. With `channels_exchanged` red and blue change places first, before an image
    becomes gray: pages of 2019 were saved so, and networks that were trained on them want it.
    """

    scale_size: Size
    input_size: Size
    interpolation: str
    grapheme_form: str | None = None
    channels_exchanged: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("scale_size", "input_size"):
            _require(_is_size(getattr(self, name)), name, "pixels, or height and width", getattr(self, name))
        _require(isinstance(self.interpolation, str), "interpolation", "a name", self.interpolation)
        form = self.grapheme_form
        _require(form is None or isinstance(form, str), "grapheme_form", "a form such as crop:64", form)
        exchanged = self.channels_exchanged
        _require(isinstance(exchanged, bool), "channels_exchanged", "true or false", exchanged)


@dataclass(frozen=True, kw_only=True)
class PageInputSpec(_Pixels):
    """Of a detector: pages at scales with a short side between the two `short_sides`, in pixels."""

    short_sides: tuple[int, int]

    def __post_init__(self) -> None:
        super().__post_init__()
        sides = self.short_sides
        rising = isinstance(sides, tuple) and _is_size(sides) and sides[0] <= sides[1]
        _require(rising, "short_sides", "two numbers of pixels, LOW and HIGH", sides)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_size(value: object) -> bool:
    sides = value if isinstance(value, tuple) and len(value) == 2 else (value,)
    return all(_is_whole(side) and side >= 1 for side in sides)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _require(condition: bool, name: str, expected: str, found: object) -> None:
    if not condition:
        raise ValueError(f"{name}: expected {expected}, found {found}")
