"""Features of boxes against a literal implementation, box by box, from the description alone."""

import math
import statistics
import time

import numpy as np
import pandas as pd
import pytest

from mojika.boxes.filter_features import feature_names, nearest, page_features
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import ClassList
from mojika.errors import UserError

CLASSES = ClassList.from_labels(["U+3042", "U+3040", "U+309F", "U+30A0", "U+5B57", "い"])


def page_boxes(pages: dict[str, np.ndarray], seed: int = 0) -> PageBoxes:
    """Boxes that were read, `(n, 4)` by page; labels and probabilities by chance."""
    generator = np.random.default_rng(seed)
    boxes = pd.DataFrame({"image_id": np.repeat(list(pages), [len(corners) for corners in pages.values()])})
    boxes[["x1", "y1", "x2", "y2"]] = np.concatenate([*pages.values(), np.empty((0, 4))])
    boxes["box_score"] = generator.random(len(boxes))
    boxes["label"] = pd.Series(generator.choice(CLASSES.labels, len(boxes)), dtype="str")
    boxes["prob"] = generator.random(len(boxes))
    table = pd.DataFrame({"image_id": list(pages), "width": 800, "height": range(1000, 1000 + len(pages))})
    return PageBoxes(table, boxes, CLASSES, {"stage": "test"})


def random_corners(count: int, seed: int, grid: float = 0.0) -> np.ndarray:
    """Rectangles anywhere on the page; with `grid` their corners are multiples of it, so that distances repeat."""
    generator = np.random.default_rng(seed)
    corners = generator.uniform((0, 0, 5, 5), (700, 900, 90, 90), (count, 4))
    corners = np.ceil(corners / grid) * grid if grid else corners
    corners[:, 2:] += corners[:, :2]
    return corners.astype(np.float32)


def by(value: float, unit: float) -> float:
    return value / unit if unit else math.nan


def literal_features(boxes: PageBoxes) -> list[dict[str, float]]:
    """One box after the other, every pair of boxes, exact statistics: slow and plain."""
    rows = []
    for page in boxes.pages.itertuples():
        mine = [row for row in boxes.boxes.itertuples() if row.image_id == page.image_id]
        described = [
            {"width": row.x2 - row.x1, "height": row.y2 - row.y1, "area": (row.x2 - row.x1) * (row.y2 - row.y1),
             "x": (row.x1 + row.x2) / 2, "y": (row.y1 + row.y2) / 2}
            for row in (row._replace(**{k: float(getattr(row, k)) for k in ("x1", "y1", "x2", "y2")}) for row in mine)
        ]  # fmt: skip
        whole = {"width": page.width, "height": page.height, "area": page.width * page.height,
                 "x": page.width, "y": page.height}  # fmt: skip
        units = {"page": whole}
        for name, of in (("mean", statistics.mean), ("std", statistics.pstdev), ("median", statistics.median)):
            units[name] = {key: of([one[key] for one in described]) for key in whole} if described else {}
        for index, (row, own) in enumerate(zip(mine, described, strict=True)):
            found = {"prob": row.prob, "box_score": row.box_score, "page_boxes": len(mine), "overlap": 0.0}
            found["is_hiragana"] = float(row.label in ("U+3042", "U+3040", "U+309F"))
            found |= {"page_width": page.width, "page_height": page.height}
            for statistic in ("mean", "std", "median"):
                found |= {f"page_{key}_{statistic}": units[statistic][key] for key in whole}
            for unit, values in units.items():
                found |= {f"{key}_by_{unit}": by(own[key], values[key]) for key in whole}
            distances = []
            for other, (second, its) in enumerate(zip(mine, described, strict=True)):
                if other == index:
                    continue
                shared_width = float(min(row.x2, second.x2)) - float(max(row.x1, second.x1))
                shared_height = float(min(row.y2, second.y2)) - float(max(row.y1, second.y1))
                found["overlap"] += max(shared_width, 0) * max(shared_height, 0) / own["area"]
                distances.append(((its["x"] - own["x"]) ** 2 + (its["y"] - own["y"]) ** 2, other))
            for rank in range(1, 6):
                names = [name for name in feature_names() if name.startswith(f"near{rank}_")]
                found |= dict.fromkeys(names, math.nan)
            for rank, (square, other) in enumerate(sorted(distances)[:5], start=1):
                its = described[other]
                for unit, values in units.items():
                    for key in ("width", "height", "area"):
                        found[f"near{rank}_{key}_by_{unit}"] = by(its[key], values[key])
                found[f"near{rank}_distance_by_page_width"] = math.sqrt(square) / page.width
                found[f"near{rank}_distance_by_page_height"] = math.sqrt(square) / page.height
                found[f"near{rank}_angle"] = math.atan2(its["y"] - own["y"], its["x"] - own["x"])
            rows.append(found)
    return rows


SAME = np.array([[10.1, 20.3, 43.7, 61.9]], np.float32)
PAGES = {
    "empty": random_corners(0, 0),
    "one": random_corners(1, 1),
    "two": random_corners(2, 2),
    "six": random_corners(6, 3),
    "none_again": random_corners(0, 0),
    "many": random_corners(70, 4),
    "lattice": random_corners(60, 5, grid=90),
    "coincident": np.tile(SAME, (61, 1)),
    "twice": np.repeat(random_corners(12, 6), 2, axis=0),
}


def test_features_equal_those_of_a_literal_implementation():
    boxes = page_boxes(PAGES)
    expected = pd.DataFrame(literal_features(boxes))
    found = page_features(boxes)
    assert set(found) == set(expected) and list(found) == feature_names()
    assert (found.dtypes == np.float32).all() and len(found) == len(boxes)
    np.testing.assert_allclose(found.to_numpy(), expected[list(found)].to_numpy(), rtol=2e-6, atol=2e-7)


def test_pages_without_any_box_give_no_rows():
    assert page_features(page_boxes({"a": PAGES["empty"]})).shape == (0, len(feature_names()))
    assert page_features(page_boxes({})).shape == (0, len(feature_names()))


def test_a_page_does_not_depend_on_the_others():
    alone = page_features(page_boxes({"many": PAGES["many"]}))
    boxes = page_boxes(PAGES)
    start, stop = boxes.offsets[list(PAGES).index("many") :][:2]
    geometry = [name for name in feature_names() if name not in ("prob", "is_hiragana", "box_score", "page_height")]
    geometry = [name for name in geometry if not name.endswith(("_by_page", "_by_page_height"))]  # another height
    np.testing.assert_allclose(page_features(boxes)[start:stop][geometry], alone[geometry], rtol=1e-6)


def test_of_equally_distant_points_the_earlier_comes_first():
    cross = np.array([[0, 0], [0, 1], [1, 0], [0, -1], [-1, 0], [0, 0]], np.float64)
    assert nearest(cross, 5)[0].tolist() == [5, 1, 2, 3, 4]
    assert nearest(cross[:3], 5)[0].tolist() == [1, 2, -1, -1, -1]
    assert nearest(np.zeros((8, 2)), 5)[6].tolist() == [0, 1, 2, 3, 4]


def test_boxes_that_were_not_read_are_refused():
    boxes = page_boxes(PAGES)
    bare = boxes.with_boxes(boxes.boxes.drop(columns=["label", "prob"]), class_list=None)
    with pytest.raises(UserError, match="classify"):
        page_features(bare)


def test_a_page_of_a_thousand_boxes_takes_milliseconds():
    boxes = page_boxes({"large": random_corners(1000, 7)})
    seconds = []
    for _ in range(5):
        start = time.process_time()
        page_features(boxes)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.1
