"""Several views of each crop, as the 2019 scripts tested their models: corners, centre, and more of the character.

The logits of a crop's views are averaged. A view keeps the pixels of the crop where it is only cut out of it; the two
views that are scaled as well (half-way to the whole crop, and all of it) make up for what the smaller windows lose.
"""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from mojika.errors import UserError
from mojika.sizes import Size, height_width, size_text


def views_of(crops: Tensor, input_size: Size, count: int) -> Tensor:
    """Views of `crops (N, C, H, W) uint8`: `(N · count, C, h, w) float32` levels 0–255, h × w = `input_size`.

    The views of one crop follow each other. `count` 1 is the centre; 5 the upper left, upper right, lower left and
    lower right corners and the centre; 7 these and, scaled to the input by the antialiased bicubic filter, the crop
    without a border of a quarter of H − h and W − w (rounded down) and the whole crop. The centre begins at half of
    H − h and W − w, a half rounded to even. Scaled levels equal Pillow's within 1.

    Raises `UserError` where the input is larger than the crops, and `ValueError` for another count.
    """
    (height, width), (rows, columns) = height_width(input_size), crops.shape[2:]
    if height > rows or width > columns:
        found = size_text(rows if rows == columns else (rows, columns))
        raise UserError(
            f"expected crops of at least {size_text(input_size)} pixels, the model's input size, found {found}"
        )
    if count not in (1, 5, 7):
        raise ValueError(f"expected 1, 5 or 7 views, found {count}")
    crops, below, beside = crops.float(), rows - height, columns - width
    centre = round(below / 2), round(beside / 2)
    corners = [(top, left) for top in (0, below) for left in (0, beside)]
    windows = [centre] if count == 1 else [*corners, centre]
    views = [crops[..., top : top + height, left : left + width] for top, left in windows]
    if count == 7:
        for top, left in ((below // 4, beside // 4), (0, 0)):
            views.append(_scaled(crops[..., top : rows - top, left : columns - left], height, width))
    return torch.stack(views, dim=1).flatten(0, 1)


def _scaled(crops: Tensor, height: int, width: int) -> Tensor:
    """First the rows and then the columns, with levels rounded after each: so does Pillow."""
    return _rounded(_rounded(crops, (crops.shape[-2], width)), (height, width))


def _rounded(crops: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(crops, size=size, mode="bicubic", antialias=True).round_().clamp_(0, 255)
