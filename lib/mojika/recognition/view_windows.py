"""Which parts of a crop are seen, as the 2019 scripts tested their models: corners, centre, and more of the character.

A view keeps the pixels of the crop where it is only cut out of it; the views that are scaled as well (half-way to the
whole crop, and all of it) make up for what the smaller windows lose. Geometry alone: whoever computes, cuts and scales.
"""

from typing import NamedTuple

from mojika.errors import UserError
from mojika.sizes import Size, height_width, size_text

Views = int | str
VIEWS: tuple[Views, ...] = (1, 5, 6, 7, 10, "10-inner", 20)


class Window(NamedTuple):
    """Rows and columns of a crop, in pixels, `bottom` and `right` exclusive.

    It is scaled to the input by the antialiased filter `scaled_by` where that is named, else it has its size.
    """

    top: int
    bottom: int
    left: int
    right: int
    scaled_by: str | None = None


def windows(rows: int, columns: int, input_size: Size, views: Views) -> tuple[list[Window], bool]:
    """The windows of a crop of so many pixels, h × w = `input_size`, and whether its mirrored picture shows them too,
    after these. `views` is

    - 1: the centre, which begins at half of H − h and W − w, a half rounded to even;
    - 5: the upper left, upper right, lower left and lower right corners and the centre;
    - 6: these, and the whole crop scaled to the input by the antialiased bilinear filter;
    - 7: the five and, by the antialiased bicubic filter, the crop without a border of a quarter of H − h and W − w
      (rounded down) and the whole crop;
    - 10: the five, and the five of the mirrored crop;
    - "10-inner": the five, four windows that lie further in than the corners by that quarter, and the whole crop as
      in 6;
    - 20: these ten, and the ten of the mirrored crop.

    Raises `UserError` where the input is larger than the crops, and `ValueError` for other views.
    """
    height, width = height_width(input_size)
    if height > rows or width > columns:
        found = size_text(rows if rows == columns else (rows, columns))
        raise UserError(
            f"expected crops of at least {size_text(input_size)} pixels, the model's input size, found {found}"
        )
    if views not in VIEWS:
        raise ValueError(f"expected views {', '.join(map(str, VIEWS))}, found {views}")
    below, beside = rows - height, columns - width
    down, right = below // 4, beside // 4
    starts = [(round(below / 2), round(beside / 2))]
    if views != 1:
        starts = _corners(0, below, 0, beside) + starts
    if views in ("10-inner", 20):
        starts += _corners(down, below - down, right, beside - right)
    shown = [Window(top, top + height, left, left + width) for top, left in starts]
    whole = Window(0, rows, 0, columns)
    if views == 7:
        inner = Window(down, rows - down, right, columns - right)
        shown += [part._replace(scaled_by="bicubic") for part in (inner, whole)]
    elif views in (6, "10-inner", 20):
        shown.append(whole._replace(scaled_by="bilinear"))
    return shown, views in (10, 20)


def _corners(top: int, bottom: int, left: int, right: int) -> list[tuple[int, int]]:
    return [(row, column) for row in (top, bottom) for column in (left, right)]
