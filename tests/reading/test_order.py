"""The order in which boxes are read, on pages made by hand. Boxes are listed as they are read."""

import numpy as np
import pytest
from layouts import PITCH, SIZE, column, columns, is_read_as_written, ordered

from mojika.reading.order import compose, reading_order
from mojika.reading.page import Candidate, Character

SMALL = 24  # half a note
HALF = 14  # from the axis to the middle of half a note


def note(x, top, counts):
    return column(x + HALF, top, counts[0], SMALL) + column(x - HALF, top, counts[1], SMALL)


def turned(boxes, degrees):
    angle = np.radians(degrees)
    corners = np.array(boxes).reshape(-1, 4)
    half = (corners[:, 2:] - corners[:, :2]) / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centres = (corners[:, :2] + half) @ turn.T + 300
    return np.concatenate([centres - half, centres + half], 1)


def test_columns_are_read_from_right_to_left_and_down():
    assert is_read_as_written(columns(900, 100, [20, 20, 12, 20]))
    assert [len(found.rows) for found in ordered(columns(900, 100, [20, 12]))[0].columns] == [20, 12]


@pytest.mark.parametrize("boxes", [[], column(100, 100, 1)])
def test_a_page_with_no_box_or_one(boxes):
    order, rows = ordered(boxes)
    assert rows == list(range(len(boxes))) and order.confidence == 1


@pytest.mark.parametrize("degrees", [-3, -1, 2, 3])
def test_pages_that_were_scanned_aslant(degrees):
    assert is_read_as_written(turned(columns(1000, 100, [30, 30, 14, 30, 30]), degrees))


@pytest.mark.parametrize("missing", range(0, 20, 3))
def test_a_missing_box_divides_no_column(missing):
    boxes = columns(900, 100, [20, 20, 20])
    del boxes[20 + missing]
    order, rows = ordered(boxes)
    assert rows == list(range(59)) and [len(found.rows) for found in order.columns] == [20, 19, 20]


@pytest.mark.parametrize("counts", [(5, 5), (7, 4), (4, 6)])
def test_a_note_is_read_right_half_first_between_what_is_above_and_below_it(counts):
    top = 100 + 8 * 44
    below = top + max(counts) * 1.1 * SMALL + 10
    boxes = [*columns(900, 100, [25]), *column(820, 100, 8), *note(820, top, counts), *column(820, below, 10)]
    order, rows = ordered([*boxes, *columns(740, 100, [25])])
    assert rows == list(range(len(boxes) + 25))
    assert [found.kind for found in order.columns] == ["text", "text", "note", "note", "text", "text"]
    assert [len(found.rows) for found in order.columns] == [25, 8, *counts, 10, 25]


def test_a_note_that_runs_over_the_end_of_a_column():
    first = [*column(900, 100, 18), *note(900, 100 + 18 * 44, (7, 7))]
    second = [*note(820, 100, (5, 4)), *column(820, 100 + 5 * 26.4 + 10, 17)]
    assert is_read_as_written([*first, *second, *columns(740, 100, [24])])


def test_two_notes_that_follow_each_other_after_a_pause():
    first, second = 100 + 6 * 44, 100 + 6 * 44 + 5 * 26.4 + 24
    boxes = [*column(900, 100, 6), *note(900, first, (5, 5)), *note(900, second, (6, 6)), *column(900, second + 170, 9)]
    assert is_read_as_written([*boxes, *columns(820, 100, [25, 25])])


def test_a_speakers_name_at_the_right_is_read_before_its_words():
    name = column(900 + 36, 100 + 10 * 44, 2, 22)
    boxes = [*column(900, 100, 10), *name, *column(900, 100 + 10 * 44 + 22, 12)]
    assert is_read_as_written([*boxes, *columns(820, 100, [23, 23, 23])])


def test_furigana_are_kept_apart_and_know_their_base():
    text = columns(900, 100, [20, 20])
    top = text[23][1]
    furigana = [*column(820 + 30, top - 2, 5, 16)]  # beside the fourth and fifth character of the second column
    order, rows = ordered([*text, *furigana])
    assert [found.kind for found in order.columns] == ["text", "text", "furigana"]
    assert rows == list(range(45))
    assert order.columns[2].base == (3, 4)


def test_a_page_full_of_furigana():
    text = columns(900, 100, [16, 16, 16])
    furigana = [(x2 + 1, y1 + 20 * k, x2 + 17, y1 + 20 * k + 16) for x1, y1, x2, y2 in text for k in range(2)]
    order, rows = ordered([*text, *furigana])
    assert [row for row in rows if row < 48] == list(range(48))
    assert sum(len(found.rows) for found in order.columns if found.kind == "furigana") == 96


def test_large_characters_are_a_title():
    boxes = [*column(900, 150, 5, 80), *columns(780, 100, [25, 25, 25])]
    order, rows = ordered(boxes)
    assert rows == list(range(80)) and [found.kind for found in order.columns] == ["title", "text", "text", "text"]


def test_tiers_with_columns_of_their_own_are_read_one_after_the_other():
    upper, lower = columns(900, 100, [12] * 7), columns(885, 750, [10] * 9, pitch=62)
    order, rows = ordered([*upper, *lower])
    assert rows == list(range(len(rows)))
    assert [found.block for found in order.columns] == [0] * 7 + [1] * 9


def test_tiers_whose_columns_stand_below_each_other_have_straight_edges():
    assert is_read_as_written([*columns(900, 100, [12] * 7), *columns(900, 720, [10] * 7)])


def test_tiers_beside_columns_of_the_whole_height():
    tiers = [*columns(1000, 100, [11] * 5), *columns(985, 640, [9] * 6, pitch=62)]
    assert is_read_as_written([*tiers, *columns(560, 100, [22] * 5)])
    full = columns(1000, 100, [22] * 4)
    assert is_read_as_written([*full, *columns(660, 100, [11] * 5), *columns(640, 640, [9] * 6, pitch=62)])


def test_characters_that_are_spaced_out_evenly_are_columns():
    assert is_read_as_written([box for i in range(8) for box in column(900 - i * 80, 100, 12, step=80)])


def test_a_list_with_page_numbers_at_the_foot_is_read_column_by_column():
    boxes = [
        box
        for i, n in enumerate([5, 8, 4, 6])
        for box in (*column(900 - i * 80, 100, n), *column(900 - i * 80, 900, 2))
    ]
    assert is_read_as_written(boxes)


def test_captions_of_a_picture_are_blocks():
    text, caption = columns(900, 100, [20, 20, 20, 20]), columns(250, 700, [6, 6])
    order, rows = ordered([*text, *caption])
    assert rows == list(range(92)) and {found.block for found in order.columns} == {0, 1}


def test_a_row_above_the_text_is_read_from_right_to_left():
    heading = [(x, 100, x + 60, 160) for x in (850, 700, 550)]
    assert is_read_as_written([*heading, *columns(930, 320, [20] * 7)])


def test_two_pages_in_one_image_are_leaves():
    right, left = columns(1900, 150, [25] * 9), columns(950, 150, [25] * 9)
    order, rows = ordered([*right, *left], width=2100, height=1500)
    assert rows == list(range(450)) and [found.leaf for found in order.columns] == [0] * 9 + [1] * 9
    (gutter,) = order.gutters
    assert 950 + SIZE / 2 < gutter < 1900 - 8 * PITCH - SIZE / 2


def test_tiers_of_one_page_of_an_opening_are_read_before_the_other_page():
    right = [*columns(1900, 150, [11] * 8), *columns(1885, 800, [11] * 9, pitch=62)]
    assert is_read_as_written([*right, *columns(950, 150, [26] * 9)], width=2100, height=1500)


def test_a_wide_page_of_even_columns_is_one_page():
    assert ordered(columns(1900, 150, [12] * 22), width=2000, height=900)[0].gutters == ()


def test_the_fold_is_seen_where_the_columns_do_not_tell():
    boxes = columns(1500, 150, [25] * 14)
    image = np.full((1400, 2000), 200, np.uint8)
    fold = 1500 - 7 * PITCH + PITCH // 2
    image[:, fold - 3 : fold + 3] = 90
    assert ordered(boxes, width=2000, height=1400)[0].gutters == ()
    order, rows = ordered(boxes, width=2000, height=1400, image=image)
    assert order.gutters == pytest.approx((fold,), abs=4) and rows == list(range(350))
    assert [found.leaf for found in order.columns] == [0] * 7 + [1] * 7


def test_a_regular_page_is_trusted_more_than_a_scattered_one():
    generator = np.random.default_rng(0)
    corners = generator.uniform(0, 1000, (120, 2))
    regular, scattered = columns(900, 100, [20] * 6), np.concatenate([corners, corners + 40], 1)
    assert ordered(regular)[0].confidence > 0.9 > 0.5 > ordered(scattered)[0].confidence >= 0


def test_boxes_without_area_and_boxes_twice_are_ordered_too():
    boxes = [*columns(900, 100, [10, 10]), (500, 300, 500, 300), *columns(900, 100, [1])]
    assert sorted(ordered(boxes)[1]) == list(range(22))


def test_corners_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        reading_order(np.array([[0, 0, 10, np.nan]], np.float32), 100, 100)


def test_blocks_are_composed_of_the_characters_in_order():
    boxes = [*columns(300, 100, [2, 2]), *column(300 + 29, 104, 2, 15)]
    characters = [Character(box, 1.0, (Candidate(c, c, 1.0),)) for box, c in zip(boxes, "日本語字にち", strict=True)]
    (block,) = compose(reading_order(np.array(boxes, np.float32), 400, 400), characters)
    assert [(found.kind, found.text) for found in block.columns] == [
        ("text", "日本"), ("furigana", "にち"), ("text", "語字"),
    ]  # fmt: skip
    assert block.columns[1].base == (0, 0)
