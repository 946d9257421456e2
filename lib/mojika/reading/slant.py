"""Turning a page so that its columns stand upright."""

import numpy as np

from mojika.reading.strands import Array, linked

LONG = 4  # boxes of a strand that tells how columns lean
STEEP = 0.12  # radians by which no scan is turned: such columns were written like that
LEVEL = 0.001  # radians that do not matter


def lean(boxes: Array) -> float:
    """The angle in radians by which columns lean to the left towards their foot; 0 where no column tells.

    The median over the strands, long ones counting more.
    """
    slopes, weights = [], []
    for rows in linked(boxes):
        if len(rows) >= LONG:
            x, y = (boxes[rows, :2] + boxes[rows, 2:]).T / 2
            slopes.append(-np.polyfit(y, x, 1)[0])
            weights.append(np.ptp(y))
    if not slopes:
        return 0.0
    order = np.argsort(slopes)
    middle = np.searchsorted(np.cumsum(np.array(weights)[order]), sum(weights) / 2)
    angle = float(np.arctan(np.array(slopes)[order][middle]))
    return angle if abs(angle) < STEEP else 0.0


def upright(boxes: Array) -> Array:
    """The boxes `(N, 4)` of a page that is turned about its origin until its columns stand upright; sides are kept."""
    angle = lean(boxes)
    if abs(angle) < LEVEL:
        return boxes
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    centres = (boxes[:, :2] + half) @ turn.T
    return np.concatenate([centres - half, centres + half], axis=1)
