"""How much the boxes around a box speak for it: characters stand in columns, at a pitch, among others of their size.

What a detector takes for a character on a ruler, a picture or stained paper stands alone, or among weak boxes. The idea
is that of scenes that tell where an object may be (Torralba, "Contextual Priming for Object Detection", IJCV 2003), as
a logistic regression. Scores count by the best of their page and lengths by the size of a box, the root of its area, so
that what generated pages teach holds on other books. `benchmarks/neighbourhood_fit.py` makes the weights.
"""

import numpy as np

from mojika.boxes.suppression import suppress

# of each column of `features`, from 111 generated pages
WEIGHTS = np.array([9.4, 0.05, 1.7, 4.08, -0.05, -0.98, -0.25, -0.29])
BIAS = -10.13
_COLUMN, _AROUND = 6.5, 8.0  # sizes, up and down and in each direction


def judged(boxes: np.ndarray, scores: np.ndarray, iou: float) -> np.ndarray:
    """`supported` of the best of boxes that overlap by more than `iou`, so that each neighbour counts once; 0 of the
    others."""
    likely = np.zeros(len(boxes), np.float32)
    single = suppress(boxes, scores, np.zeros(len(boxes), np.int64), iou)
    likely[single] = supported(boxes[single], scores[single])
    return likely


def supported(boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """How likely each of a page's `boxes (K, 4)` is a character, by its own score and its neighbours: `(K,) float32`.

    `scores (K,)` are the detector's, from about 0.2 on, of boxes that do not repeat each other.
    """
    likely: np.ndarray = 1 / (1 + np.exp(-features(boxes, scores) @ WEIGHTS - BIAS))
    return likely.astype(np.float32)


def features(boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """What decides, `(K, 8) float64`: the score; the sum of the scores of its size in its column, and their mean; the
    mean score around; its size by the page's, how far that is from 1, the sizes around by its own, and width by height,
    all of them logarithms."""
    if not len(boxes):
        return np.zeros((0, len(WEIGHTS)))
    corners = boxes.astype(np.float64)
    sides, centres = corners[:, 2:] - corners[:, :2], (corners[:, :2] + corners[:, 2:]) / 2
    sizes = np.sqrt(sides.prod(axis=1))
    falling = np.sort(scores.astype(np.float64))[::-1]
    values = scores / falling[: max(5, len(scores) // 5)].mean()
    usual = np.median(sizes[scores >= np.median(scores)])
    x, y = ((centres[None] - centres[:, None]) / np.clip(sizes, usual / 2, usual * 2)[:, None, None]).transpose(2, 0, 1)
    larger = np.log(sizes[None] / sizes[:, None])
    alike = np.exp(-((larger / 0.6) ** 2))
    drift = 0.6 + 0.04 * np.abs(y)
    column = alike * ((np.abs(x) < drift) & (np.abs(y) > 0.3) & (np.abs(y) < _COLUMN))
    around = (np.hypot(x, y) < _AROUND) & ~np.eye(len(boxes), dtype=bool)
    by_page = np.log(sizes / usual)
    return np.column_stack(
        [
            values,
            np.minimum(column @ values, 8),
            _mean(column, values),
            _mean(around, values),
            by_page,
            np.abs(by_page),
            _mean(around * values, larger),
            np.log(sides[:, 0] / sides[:, 1]),
        ]
    )


def _mean(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The mean of `values (K,)` or `(K, K)` for each row of `weights (K, K)`; 0 where they are."""
    mean: np.ndarray = (weights * values).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-3)
    return mean
