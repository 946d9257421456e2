"""The gutter between the two pages of an opening."""

import numpy as np
from numpy.typing import NDArray

from mojika.reading.slant import upright
from mojika.reading.strands import Array, find_strands, sizes

MIDDLE = (0.35, 0.65)  # of the width, where the gutter is looked for
LANDSCAPE = 1.1  # times the height: an image that is wider may show two pages
WIDE = 1.6  # times the usual space between columns that a gutter is wide, at least
PITCHES = 0.6  # pitches of the columns, at least
UNITS = 1.0  # usual sizes of a character, at least
SEVERAL = 4  # spaces between columns that tell how wide they usually are
LONG = 4  # boxes of a strand that is a column


def divide_at_gutter(boxes: Array, width: float, height: float) -> tuple[list[NDArray[np.int64]], tuple[float, ...]]:
    """The rows of `boxes` `(N, 4)` on each page that an image of `width` x `height` pixels shows, the right page first,
    and the x of the gutter between two pages.

    The gutter of an image that is wider than high is the widest strip without boxes near the middle, where it is wider
    than the space between columns. Where there is none, the image is taken as one page.
    """
    everything = np.arange(len(boxes))
    if width < LANDSCAPE * height or len(boxes) < 2:
        return [everything], ()
    straight = upright(boxes)
    order = np.argsort(straight[:, 0], kind="stable")
    gaps = straight[order[1:], 0] - np.maximum.accumulate(straight[order, 2])[:-1]
    middles = np.array([_middle(boxes, order[:place], order[place:]) for place in range(1, len(boxes))])
    least = max(WIDE * _usual(gaps), PITCHES * _pitch(straight), UNITS * float(np.median(sizes(boxes))))
    off_centre = np.abs(middles / width - 0.5)
    gaps = np.where((middles > MIDDLE[0] * width) & (middles < MIDDLE[1] * width), gaps, 0)
    widest = int(np.argmax(gaps * (1 - off_centre)))
    if gaps[widest] < least:
        return [everything], ()
    return [np.sort(order[widest + 1 :]), np.sort(order[: widest + 1])], (float(middles[widest]),)


def _usual(gaps: Array) -> float:
    return float(np.median(gaps[gaps > 0])) if (gaps > 0).sum() >= SEVERAL else 0.0


def _middle(boxes: Array, left: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    return float((boxes[left, 2].max() + boxes[right, 0].min()) / 2)


def _pitch(boxes: Array) -> float:
    axes = np.sort([strand.axis.mean() for strand in find_strands(boxes) if len(strand) >= LONG])
    return float(np.median(np.diff(axes))) if len(axes) > 2 else 0.0
