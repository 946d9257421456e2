"""Features with the values of 2019 against a literal account of what was computed then, box by box.

Beside it, all 117 columns of 147 boxes were compared once with those that the program of 2019 computes itself: equal.
"""

import math
import statistics

import numpy as np
import pandas as pd
import pytest
from test_filter_features import page_boxes, random_corners

from mojika.boxes.filter_features import feature_names, page_features
from mojika.boxes.filter_features_of_2019 import page_features_of_2019

PAGES = {f"page{count}": random_corners(count, count, 20) for count in (1, 2, 3, 6, 7, 40)}
EQUAL = {"equal": np.float32([[10 + 50 * i, 10, 30 + 50 * i, 40] for i in range(4)])}


def collected(centres: list[tuple[int, int]]) -> list[list[tuple[float, int, float]]]:
    """Distance, row and angle of what each box was given: its slot is the shared list until its first sorting."""
    slots: list[list] = [[]] * len(centres)
    for i, (x, y) in enumerate(centres):
        for j, (other_x, other_y) in enumerate(centres):
            if i != j:
                slots[i].append((math.dist((x, y), (other_x, other_y)), j, math.atan2(other_y - y, other_x - x)))
                slots[i] = sorted(slots[i], key=lambda found: found[0])[:5]
    return [slot if len(centres) > 1 else [] for slot in slots]


@pytest.mark.parametrize("name", PAGES)
def test_neighbours_are_those_of_a_list_that_all_boxes_share(name):
    boxes = page_boxes({name: PAGES[name]})
    corners = PAGES[name].astype(float)
    centres = [(round((x1 + x2) / 2), round((y1 + y2) / 2)) for x1, y1, x2, y2 in corners]
    whole = [(round(x2 - x1), round(y2 - y1)) for x1, y1, x2, y2 in corners]
    width, height = boxes.pages.iloc[0][["width", "height"]]
    areas = statistics.mean(w * h for w, h in whole)
    found = page_features_of_2019(boxes)
    for row, near in zip(found.itertuples(), collected(centres), strict=True):
        for rank in range(1, 6):
            got = [getattr(row, f"near{rank}_{of}") for of in
                   ("distance_by_page_width", "angle", "height_by_page", "area_by_page", "area_by_mean")]  # fmt: skip
            if rank > len(near):
                assert all(map(math.isnan, got))
                continue
            distance, at, angle = near[rank - 1]
            w, h = whole[at]
            wanted = [distance / width, angle, h / width, w * h / width * height, w * h / areas]
            np.testing.assert_allclose(got, wanted, rtol=2e-6, atol=1e-7)


def test_deviations_are_those_of_a_sample_and_nothing_by_none_is_zero():
    boxes = page_boxes(PAGES | EQUAL)
    found = page_features_of_2019(boxes).assign(page=boxes.boxes["image_id"].to_numpy())
    corners = PAGES["page7"].astype(float)
    of_seven = found[found["page"] == "page7"].iloc[0]
    heights = [round(y2 - y1) for _, y1, _, y2 in corners]
    assert of_seven["page_height_std"] == pytest.approx(statistics.stdev(heights), rel=1e-6)
    assert of_seven["area_by_page"] == pytest.approx(
        math.prod(corners[0, 2:] - corners[0, :2]) / 800 * of_seven["page_height"], rel=1e-6
    )
    equal = found[found["page"] == "equal"]
    zero = ["width_by_std", "area_by_std", "near1_height_by_std", "near5_area_by_std"]
    assert (equal[zero] == 0).to_numpy().all() and np.isinf(equal["y_by_std"]).all()
    assert found[found["page"] == "page1"]["width_by_std"].isna().all()


def test_names_are_ours_and_what_does_not_come_from_places_is_the_same():
    boxes = page_boxes(PAGES)
    found, ours = page_features_of_2019(boxes), page_features(boxes)
    assert list(found) == feature_names()
    same = ["prob", "is_hiragana", "box_score", "overlap", "page_width", "page_height", "page_boxes", "width_by_page"]
    pd.testing.assert_frame_equal(found[same], ours[same])
