"""What is drawn over a page, pixel by pixel where it can be told by hand."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from mojika.pictures.page_overlay import STYLES, Mark, Outcome, draw_page_overlay

PAPER = 200
GREEN, BLUE = (np.array(STYLES[outcome].colour) for outcome in (Outcome.RIGHT, Outcome.MISSED))


def paper(height: int = 200, width: int = 300) -> np.ndarray:
    return np.full((height, width, 3), PAPER, np.uint8)


def drawn(page: np.ndarray, *marks: Mark, **options) -> np.ndarray:
    """The page's part of the picture, without the legend."""
    picture = draw_page_overlay(page, marks, "page", [], **options)
    height = min(len(page), options.get("max_side", 10**9))
    return picture[-height:].astype(int)


def changed(picture: np.ndarray, page: np.ndarray) -> np.ndarray:
    return (picture != page).any(axis=2)


def test_the_line_lies_outside_the_box():
    picture = drawn(paper(), Mark(Outcome.RIGHT, (50, 60, 90, 100)))
    expected = np.zeros((200, 300), bool)
    expected[59:101, 49:91] = True
    expected[60:100, 50:90] = False
    assert np.array_equal(changed(picture, paper()), expected)
    assert (picture[expected] == GREEN).all()


def test_a_border_between_pixels_is_shared_by_them():
    picture = drawn(paper(), Mark(Outcome.RIGHT, (50.25, 60, 90, 100)))
    for column, share in ((48, 0), (49, 0.75), (50, 0.25), (51, 0)):
        assert picture[80, column] == pytest.approx(PAPER + share * (GREEN - PAPER), abs=0.5)


def test_boxes_that_reach_beyond_the_page_are_cut_off():
    picture = drawn(paper(), Mark(Outcome.RIGHT, (-40, -40, 20, 20)), Mark(Outcome.RIGHT, (400, 10, 500, 50)))
    assert np.flatnonzero(changed(picture, paper()).any(axis=0)).tolist() == list(range(21))
    assert (picture[20, :21] == GREEN).all() and (picture[:21, 20] == GREEN).all()


def test_missed_boxes_are_dashed_from_corner_to_corner():
    picture = drawn(paper(), Mark(Outcome.MISSED, (50, 60, 150, 100)))
    edge = (picture[59, 49:151] == BLUE).all(axis=1)
    starts = np.flatnonzero(np.diff(np.r_[False, edge, False].astype(int)) == 1)
    assert edge[:3].all() and edge[-3:].all() and 8 < len(starts) < 20
    share = (picture[59, 49:151, 0] - PAPER) / (BLUE[0] - PAPER)
    assert share.mean() == pytest.approx(len(starts) / (2 * len(starts) - 1), abs=0.01)


def test_what_is_surplus_stands_out_from_its_inside():
    picture = drawn(paper(), Mark(Outcome.SURPLUS, (50, 60, 90, 100)))
    wash = STYLES[Outcome.SURPLUS]
    assert picture[80, 70] == pytest.approx(PAPER + wash.wash * (np.array(wash.colour) - PAPER), abs=0.5)


def column_of_boxes(outcome: Outcome, *texts: str) -> list[Mark]:
    return [Mark(outcome, (100, y, 140, y + 40), texts) for y in range(10, 180, 45)]


@pytest.mark.parametrize(("outcome", "texts"), [(Outcome.RIGHT, ["か"]), (Outcome.WRONG, ["か", "龍"])])
def test_texts_cover_no_box(outcome, texts):
    page = paper()
    boxed = column_of_boxes(outcome, *texts) + [Mark(Outcome.RIGHT, (150, 10, 190, 190))]
    picture = drawn(page, *boxed)
    plain = drawn(page, *(Mark(mark.outcome, mark.box) for mark in boxed))
    written = changed(picture, plain)
    assert written.sum() > 200
    for mark in boxed:
        x1, y1, x2, y2 = mark.box
        assert not written[y1:y2, x1:x2].any()


def test_texts_stay_on_the_page_and_keep_off_its_ink():
    page = paper()
    page[40:120, 145:175] = 0  # a column of other writing to the right of the box
    box = Mark(Outcome.RIGHT, (100, 60, 140, 100), ("か",))
    assert not changed(drawn(page, box), page)[:, 145:175].any()
    amounts = []
    for x in (255, 155):  # at the edge of the page there is no room to the right
        mark = Mark(Outcome.RIGHT, (x, 60, x + 40, 100), ("か",))
        amounts.append(changed(drawn(paper(), mark), drawn(paper(), mark._replace(texts=()))).sum())
    assert amounts[0] > 100 and amounts[0] == pytest.approx(amounts[1], rel=0.1)


def test_a_wrong_reading_comes_before_the_truth_each_in_its_colour():
    box = (100, 60, 140, 100)
    picture = drawn(paper(), Mark(Outcome.WRONG, box, ("一", "二")))
    below = changed(picture, drawn(paper(), Mark(Outcome.WRONG, box)))
    reading, truth = (np.array(STYLES[outcome].colour) * 4 // 5 for outcome in (Outcome.WRONG, Outcome.RIGHT))
    reading_rows, truth_rows = (
        np.flatnonzero(((picture == colour).all(axis=2) & below).any(axis=1)) for colour in (reading, truth)
    )
    assert len(reading_rows) and len(truth_rows) and reading_rows.max() < truth_rows.min()


def test_bengali_is_written_too():
    box = (100, 60, 140, 100)
    one, other = (drawn(paper(), Mark(Outcome.RIGHT, box, (text,))) for text in ("ক্ষ", "ক"))
    assert changed(one, drawn(paper(), Mark(Outcome.RIGHT, box))).sum() > 50 and changed(one, other).any()


def test_large_pages_are_scaled_down_and_small_ones_are_not_enlarged():
    page = paper(4000, 3000)
    picture = drawn(page, Mark(Outcome.RIGHT, (400, 800, 1200, 2000)), max_side=1000)
    assert picture.shape == (1000, 750, 3)
    rows, columns = (np.flatnonzero(changed(picture, paper(1000, 750)).any(axis=axis)) for axis in (1, 0))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (199, 500, 99, 300)
    assert drawn(paper(), max_side=1000).shape == (200, 300, 3)


def test_removed_boxes_are_drawn_where_no_other_box_is_and_once():
    right, twice, alone = (50, 60, 90, 100), (52, 61, 92, 101), (150, 60, 190, 100)
    removed = [Mark(Outcome.REMOVED, box) for box in (twice, alone, alone)]
    picture = drawn(paper(), Mark(Outcome.RIGHT, right), *removed)
    assert np.array_equal(picture, drawn(paper(), Mark(Outcome.RIGHT, right), removed[1]))


def test_the_page_itself_is_left_alone():
    page = paper()
    draw_page_overlay(page, [Mark(Outcome.WRONG, (50, 60, 90, 100), ("か", "お"))], "page", [Outcome.WRONG])
    assert (page == PAPER).all()


@pytest.mark.parametrize("width", [200, 1600])
def test_the_legend_shows_and_counts_its_outcomes(width):
    page, box = paper(300, width), (50, 60, 90, 100)

    def strip(count: int) -> np.ndarray:
        return draw_page_overlay(page, [Mark(Outcome.WRONG, box)] * count, "page", [Outcome.RIGHT, Outcome.WRONG])[
            :-300
        ]

    legend = strip(1)
    assert legend.shape[1] == width and (legend != strip(2)).any()
    for outcome in Outcome:
        shown = (legend == STYLES[outcome].colour).all(axis=2).any()
        assert shown == (STYLES[outcome].colour in [STYLES[o].colour for o in (Outcome.RIGHT, Outcome.WRONG)])


# linear RGB as people without red (protan) or green cones (deutan) see it (Machado, Oliveira and Fernandes, 2009)
SEEN_BY = {
    "all": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


@pytest.mark.parametrize("people", SEEN_BY)
def test_colours_differ_for_everyone(people):
    colours = np.array(sorted({style.colour for style in STYLES.values()})) / 255
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(SEEN_BY[people]).T, 0, 1)
    encoded = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055).astype(np.float32)
    lab = cv2.cvtColor(encoded[None], cv2.COLOR_RGB2LAB)[0]
    distances = {(i, j): np.linalg.norm(lab[i] - lab[j]) for i, j in combinations(range(len(lab)), 2)}
    assert min(distances.values()) > 15, distances
