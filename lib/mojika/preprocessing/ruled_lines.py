"""Removes the printed lines of a form from the scan of one handwritten character.

Characters are written into the cells of a form, and the scan of a cell may show the lines above and below it, on some
sheets and not on others. Unlike a headline (mātrā) these lines run from edge to edge of the scan, along its top or
bottom, straight, solid or dashed. Their pixels are removed except where a stroke crosses them, as in staff-line removal
(Dalitz et al., "A Comparative Study of Staff Removal Algorithms", IEEE TPAMI 30(5), 2008). Vertical lines are left: a
danda or the stem of an ā looks like one.
"""

import cv2
import numpy as np

_INK = 24  # gray levels of a pale line, at least, the image's darkest ink being 255
_PAPER = 0.1  # of a scan: has a shade of gray, at least
_BORDER = 0.12  # of the scan's height: a line's middle lies so near to its top or bottom
_STEEPEST = 0.03  # pixels up or down for each along the line
_DRAWN = 0.45  # of the line's length: dashes together, at least
_GAP = 0.2  # of the line's length: between dashes, at most
_FROM_EDGE = 0.05  # of the line's length: may be missing at either end
_THICKEST = 12  # pixels
_SOFT = 2  # pixels beside a line that are as pale as its edge
_MOST_LINES = 6


def remove_ruled_lines(image: np.ndarray) -> np.ndarray:
    """An image `(H, W) uint8`, ink bright, without horizontal lines from edge to edge at the scan's top and bottom.

    The scan is the box of all pixels above 0, so padding with pure paper does not matter. A line may lean by 3 % and be
    dashed; where a stroke crosses it, the stroke stays. An image whose paper is pure comes back as it is: its box is
    that of the ink, and a headline may well reach from one edge of that to the other.
    """
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    if not len(rows):
        return image
    cleared = image.copy()
    scan = cleared[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    level = _INK / 255 * scan.max()
    if np.mean((scan > 0) & (scan <= level)) < _PAPER:
        return image
    for _ in range(_MOST_LINES):
        line = find_line(scan > level)
        if line is None or not _clear(scan, line, level):
            break
    return cleared


def find_line(ink: np.ndarray) -> np.ndarray | None:
    """The row in each column of the line across `ink (H, W) bool` that is drawn best, or None."""
    height, width = ink.shape
    near = cv2.dilate(ink.astype(np.uint8), np.ones((3, 1), np.uint8))
    steepest, border = round(_STEEPEST * width), round(_BORDER * height)
    everywhere, columns = np.arange(height), np.arange(width)
    middles = everywhere[(everywhere < border) | (everywhere >= height - border)][:, None]
    best, found = _DRAWN, None
    for rise in range(-steepest, steepest + 1):
        rows = middles + np.rint(rise * (columns / max(width - 1, 1) - 0.5)).astype(np.int64)
        along = np.where((rows >= 0) & (rows < height), near[rows.clip(0, height - 1), columns], 0)
        drawn = along.mean(axis=1)
        for number in np.flatnonzero(drawn > best):
            if drawn[number] > best and _is_through(along[number]):
                best, found = drawn[number], rows[number].clip(0, height - 1)
    return found


def _is_through(drawn: np.ndarray) -> bool:
    """Whether no gap of what is drawn along a line, `(W,)`, is too long for dashes."""
    width = len(drawn)
    marks = np.flatnonzero(drawn)
    at_ends = max(marks[0], width - 1 - marks[-1])
    return at_ends <= _FROM_EDGE * width and np.diff(marks).max(initial=0) <= _GAP * width


def _clear(scan: np.ndarray, line: np.ndarray, level: float) -> bool:
    """Blank the line in place, except where a stroke crosses it; whether that changed anything.

    The line is as thick above and below its row as it is in the median column. Where ink reaches further on both sides,
    it is a stroke's and stays; on one side, the stroke ends at the line and only the line's part goes.
    """
    height, width = scan.shape
    reach = _THICKEST + _SOFT
    rows = line + np.arange(-reach, reach + 1)[:, None]
    inked = (rows >= 0) & (rows < height) & (scan[rows.clip(0, height - 1), np.arange(width)] > level)
    drawn = inked[reach - 1 : reach + 2].any(axis=0)  # the row or a neighbour
    up = np.minimum.accumulate(inked[reach - 2 :: -1]).sum(axis=0)
    down = np.minimum.accumulate(inked[reach + 2 :]).sum(axis=0)
    thick_up, thick_down = (int(np.median(side[drawn])) for side in (up, down))
    if thick_up + thick_down + 3 > _THICKEST:
        return False
    crossed = (up > thick_up + _SOFT) & (down > thick_down + _SOFT)
    for column in np.flatnonzero(drawn & ~crossed):
        above = min(up[column], thick_up) + 1 + _SOFT
        below = min(down[column], thick_down) + 1 + _SOFT
        scan[max(line[column] - above, 0) : line[column] + below + 1, column] = 0
    return True
