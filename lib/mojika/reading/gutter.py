"""The gutter between the two pages of an opening."""

import numpy as np
from numpy.typing import NDArray

from mojika.reading.fold import find_fold
from mojika.reading.slant import upright
from mojika.reading.strands import Array, find_strands, sizes

MIDDLE = (0.35, 0.65)  # of the width, where the gutter is looked for
ON_FOLD = 0.02  # of the boxes may lie on the fold
OFF_CENTRE = 5.0  # how much less a strip counts that is a whole width away from the middle
LANDSCAPE = 1.1  # times the height: an image that is wider may show two pages
WIDE = 1.6  # times the usual space between columns that a gutter is wide, at least
PITCHES = 0.6  # pitches of the columns, at least
UNITS = 1.0  # usual sizes of a character, at least
SEVERAL = 4  # spaces between columns that tell how wide they usually are
LONG = 4  # boxes of a strand that is a column


def divide_at_gutter(
    boxes: Array, width: float, height: float, image: NDArray[np.uint8] | None = None
) -> tuple[list[NDArray[np.int64]], tuple[float, ...]]:
    """The rows of `boxes` `(N, 4)` on each page that an image of `width` x `height` pixels shows, the right page first,
    and the x of the gutter between two pages.

    An image that is wider than high may show two pages. The gutter is the fold that is seen in `image`, if it is given
    and hardly a box lies on the fold; else the widest strip without columns near the middle, where it is wider than the
    space between them. Where there is none, the image is taken as one page.
    """
    everything = np.arange(len(boxes))
    if width < LANDSCAPE * height:
        return [everything], ()
    fold = None if image is None else find_fold(image)
    if fold is not None and ((boxes[:, 0] < fold) & (boxes[:, 2] > fold)).sum() <= ON_FOLD * len(boxes):
        at_left = boxes[:, 0] + boxes[:, 2] < 2 * fold
        return [everything[~at_left], everything[at_left]], (fold,)
    straight = upright(boxes)
    found = _widest_strip(boxes, straight, width)
    if found is None:
        return [everything], ()
    middle, gutter = found
    at_left = straight[:, 0] + straight[:, 2] < 2 * middle
    return [everything[~at_left], everything[at_left]], (gutter,)


def _widest_strip(boxes: Array, straight: Array, width: float) -> tuple[float, float] | None:
    """The x of the middle of the strip between two pages, on the page that was turned upright and on the page."""
    columns = [strand for strand in find_strands(straight) if len(strand) >= LONG]
    if len(columns) < 2:
        return None
    rows = np.concatenate([strand.rows for strand in columns])
    order = rows[np.argsort(straight[rows, 0], kind="stable")]
    starts, ends = straight[order[1:], 0], np.maximum.accumulate(straight[order, 2])[:-1]
    gaps, middles = starts - ends, _middles(boxes, order)
    pitch = float(np.median(np.diff(np.sort([strand.axis.mean() for strand in columns]))))
    least = max(WIDE * _usual(gaps), PITCHES * pitch, UNITS * float(np.median(sizes(boxes))))
    gaps = np.where((middles > MIDDLE[0] * width) & (middles < MIDDLE[1] * width), gaps, 0)
    widest = int(np.argmax(gaps * (1 - OFF_CENTRE * np.abs(middles / width - 0.5))))
    return (float(starts[widest] + ends[widest]) / 2, float(middles[widest])) if gaps[widest] >= least else None


def _middles(boxes: Array, order: NDArray[np.int64]) -> Array:
    """The x on the unturned page between the first and the last of the boxes in this order, for each division."""
    ends = np.maximum.accumulate(boxes[order, 2])[:-1]
    return (ends + np.minimum.accumulate(boxes[order[::-1], 0])[::-1][1:]) / 2


def _usual(gaps: Array) -> float:
    return float(np.percentile(gaps[gaps > 0], 75)) if (gaps > 0).sum() >= SEVERAL else 0.0
