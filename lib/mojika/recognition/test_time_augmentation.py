"""Several views of each crop, as the 2019 scripts tested their models: corners, centre, and more of the character.

The logits of a crop's views are averaged. A view keeps the pixels of the crop where it is only cut out of it; the two
views that are scaled as well (half-way to the whole crop, and all of it) make up for what the smaller windows lose.
"""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from mojika.errors import UserError

VIEW_COUNTS = (1, 5, 7)


def views_of(crops: Tensor, input_size: int, count: int) -> Tensor:
    """Views of `crops (N, C, S, S) uint8`: `(N · count, C, s, s) float32` levels 0–255, s = `input_size` pixels.

    The views of one crop follow each other. `count` 1 is the centre; 5 the upper left, upper right, lower left and
    lower right corners and the centre; 7 these and, scaled to s by the antialiased bicubic filter, the crop without
    a border of a quarter of S − s (rounded down) and the whole crop. The centre begins at half of S − s, a half rounded
    to even. Scaled levels equal Pillow's within 1.

    Raises `UserError` where s is larger than S, and `ValueError` for another count.
    """
    size = crops.shape[-1]
    if input_size > size:
        raise UserError(f"expected crops of at least {input_size} pixels, the model's input size, found {size}")
    if count not in VIEW_COUNTS:
        raise ValueError(f"expected 1, 5 or 7 views, found {count}")
    crops, margin = crops.float(), size - input_size
    centre = round(margin / 2)
    corners = [(top, left) for top in (0, margin) for left in (0, margin)]
    windows = [(centre, centre)] if count == 1 else [*corners, (centre, centre)]
    views = [crops[..., top : top + input_size, left : left + input_size] for top, left in windows]
    if count == 7:
        quarter = margin // 4
        views += [_scaled(crops[..., cut : size - cut, cut : size - cut], input_size) for cut in (quarter, 0)]
    return torch.stack(views, dim=1).flatten(0, 1)


def _scaled(crops: Tensor, size: int) -> Tensor:
    """First the rows and then the columns, with levels rounded after each: so does Pillow."""
    return _rounded(_rounded(crops, (crops.shape[-2], size)), (size, size))


def _rounded(crops: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(crops, size=size, mode="bicubic", antialias=True).round_().clamp_(0, 255)
