"""Sizes, gaps, ink and paper of labelled pages: what generated pages have to reach beyond.

    python benchmarks/page_ranges.py LABELS.csv [--images FOLDER] [--out results.json]

Prints a table of percentiles: the 2nd, 10th, 50th, 90th and 98th over pages or over characters. A *size* is the root of
width times height of a character's box; lengths are in median sizes of their page where nothing else is said. The
height of a page is the largest extent of the boxes of its book, as labels alone do not tell it, or the picture's. With
pictures, ink and paper are told apart in each box by Otsu's threshold; their tones are in 0…1 of white.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from mojika.data.page_labels import PageLabels, book_of, read_page_labels

_PERCENTILES = (2, 10, 50, 90, 98)
_SPECK = 0.01  # of a box: smaller pieces of ink belong to nothing
Values = dict[str, list[float]]


def of_layout(page: PageLabels, height: float) -> Values:
    """What the boxes of one page say."""
    left, top, right, bottom = page.boxes.T.astype(float)
    width, high = right - left, bottom - top
    size = np.sqrt(width * high)
    usual = float(np.median(size))
    x, y = (left + right) / 2, (top + bottom) / 2
    below = (abs(x[:, None] - x) < 0.5 * np.maximum(width[:, None], width)) & (y > y[:, None])
    gaps = np.where(below, top[None] - bottom[:, None], np.inf)
    nearest = gaps.argmin(1)
    gap = gaps[np.arange(len(x)), nearest]
    followed = np.isfinite(gap) & (gap < 1.5 * usual)
    beside = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top) > 0.3 * np.minimum(high[:, None], high)
    columns = np.where(beside & (x[:, None] - x > 0.5 * usual), x[:, None] - x, np.inf).min(1)
    return {
        "characters on a page": [len(x)],
        "median size / page height": [usual / height],
        "largest size (98th percentile)": [float(np.percentile(size, 98)) / usual],
        "size": (size / usual).tolist(),
        "width / height": (width / high).tolist(),
        "gap to the next below": (gap[followed] / usual).tolist(),
        "distance to the next below": ((y[nearest] - y)[followed] / usual).tolist(),
        "shift to the next below": ((x[nearest] - x)[followed] / usual).tolist(),
        "distance to the next column": (columns[np.isfinite(columns)] / usual).tolist(),
    }


def of_ink(page: PageLabels, image: np.ndarray) -> Values:
    """What the picture `(H, W) uint8` says within the boxes of one page."""
    values: Values = defaultdict(list)
    for x1, y1, x2, y2 in page.boxes.astype(int).tolist():
        crop = image[max(0, y1) : y2, max(0, x1) : x2]
        ink = cv2.threshold(crop, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1].astype(bool)
        if not ink.any() or ink.all():
            continue
        outline = sum(np.count_nonzero(np.diff(np.pad(ink, 1), axis=axis)) for axis in (0, 1)) * np.pi / 4
        stats = cv2.connectedComponentsWithStats(ink.astype(np.uint8))[2][1:]
        pieces = stats[stats[:, 4] > _SPECK * crop.size]
        size = np.sqrt(crop.size)
        values["stroke width / size"].append(float(2 * ink.sum() / outline / size))
        values["share of ink in a box"].append(float(ink.mean()))
        values["tone of the paper"].append(float(np.median(crop[~ink])) / 255)
        values["ink / paper"].append(float(np.percentile(crop[ink], 25) / max(np.median(crop[~ink]), 1)))
        values["unevenness of the paper"].append(float(crop[~ink].std()) / 255)
        if len(pieces):
            values["room left of the ink / size"].append(float(pieces[:, 0].min() / size))
            values["room above the ink / size"].append(float(pieces[:, 1].min() / size))
    return values


def measure(labels: Path, images: Path | None) -> dict[str, list[float]]:
    """The percentiles of each quantity."""
    pages = [page for page in read_page_labels(labels) if page.labels]
    heights: dict[str, float] = defaultdict(float)
    for page in pages:
        heights[book_of(page.image_id)] = max(heights[book_of(page.image_id)], float(page.boxes[:, 3].max()))
    values: Values = defaultdict(list)
    for page in pages:
        height = heights[book_of(page.image_id)]
        if images:
            image = cv2.imread(str(images / f"{page.image_id}.jpg"), cv2.IMREAD_GRAYSCALE)
            height = image.shape[0]
            for name, found in of_ink(page, image).items():
                values[name] += found
        for name, found in of_layout(page, height).items():
            values[name] += found
    return {name: np.percentile(found, _PERCENTILES).round(3).tolist() for name, found in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, metavar="CSV")
    parser.add_argument("--images", type=Path, metavar="FOLDER")
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args()
    table = measure(args.labels, args.images)
    print(f"{'':32}" + "".join(f"{percentile:>9}%" for percentile in _PERCENTILES))
    for name, row in table.items():
        print(f"{name:32}" + "".join(f"{value:10.3f}" for value in row))
    if args.out:
        args.out.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
