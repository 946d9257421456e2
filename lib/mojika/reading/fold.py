"""The fold between the two pages of an opening, seen in the picture."""

import numpy as np
from numpy.typing import NDArray

MIDDLE = (0.4, 0.6)  # of the width, where the fold is looked for
WIDTH = 800  # pixels of the picture that is searched
BANDS = 40  # of its height
REACH = 0.02  # of the width to either side with which the fold is compared
DARKER = 12  # gray levels by which the fold is darker than the paper beside it
LEAN = 2  # pixels by which the fold may be elsewhere from band to band
SEEN = 0.6  # of the bands in which the fold is seen


def find_fold(image: NDArray[np.uint8]) -> float | None:
    """The x in pixels of the fold of an opening, `image` `(H, W)` or `(H, W, 3)`; None where none is seen.

    The fold is a dark line near the middle, which, unlike the frames of the text, runs over the whole height.
    """
    step = max(1, image.shape[1] // WIDTH)
    gray = image[::step, ::step].astype(np.float32)
    gray = gray.mean(2) if gray.ndim == 3 else gray
    bands = np.array([band.mean(0) for band in np.array_split(gray, min(BANDS, len(gray)))])
    reach = max(LEAN + 1, round(REACH * bands.shape[1]))
    first, last = (round(part * bands.shape[1]) for part in MIDDLE)
    if first < reach or last - first < 2 * reach:
        return None
    at = np.arange(first, last)
    line = np.min([bands[:, at + lean] for lean in range(-LEAN, LEAN + 1)], axis=0)
    beside = np.minimum(bands[:, at - reach], bands[:, at + reach])
    seen = (line < beside - DARKER).mean(0)
    best = np.nonzero(seen == seen.max())[0]
    return float((at[best].mean() + 0.5) * step) if seen.max() >= SEEN else None
