from dataclasses import replace

import numpy as np
import pytest
from scripted import CLASSES, ScriptedEngine

from mojika.reader.page_reader import PageReader
from mojika.reader.settings import ReaderSettings

PIXELS = np.zeros((100, 200, 3), np.uint8)
RIGHT_TOP, RIGHT_BELOW, LEFT = (150, 10, 170, 30), (150, 40, 170, 60), (100, 10, 120, 30)


def read(boxes, probabilities, scores=None, trained_filter=None, **settings):
    engine = ScriptedEngine(boxes, scores or [0.9] * len(boxes), probabilities)
    settings = ReaderSettings(short_sides=(100,), **settings)
    return PageReader(engine, settings, {"models": "scripted"}, trained_filter).read(PIXELS)


def test_characters_come_in_reading_order_with_their_likeliest_readings():
    page = read([LEFT, RIGHT_BELOW, RIGHT_TOP], [[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.25, 0.25, 0.5]])
    assert page.text == "うあ\nい"
    assert (page.width, page.height) == (200, 100)
    first = page.characters[0]
    assert first.box == RIGHT_TOP and first.box_score == 0.9
    assert [(each.char, each.label, each.prob) for each in first.candidates] == [
        ("う", "U+3046", 0.5), ("あ", "U+3042", 0.25), ("い", "U+3044", 0.25),
    ]  # fmt: skip
    assert page.made_by == {"models": "scripted"}


@pytest.mark.parametrize(("by", "text"), [("prob", "い"), ("box_score", "あ")])
def test_of_two_boxes_on_one_character_the_better_one_stays(by, text):
    slightly_lower = (150, 12, 170, 32)
    page = read([RIGHT_TOP, slightly_lower], [[0.6, 0.2, 0.2], [0.1, 0.8, 0.1]], [0.9, 0.4], nms_by=by)
    assert page.text == text


def test_boxes_that_the_filter_takes_for_none_go():
    class LeftIsNone:
        def probabilities(self, boxes):
            assert boxes.classes == CLASSES and boxes.boxes["label"].tolist() == ["U+3044", "U+3042"]
            assert boxes.pages[["width", "height"]].to_numpy().tolist() == [[200, 100]]
            return np.where(boxes.coordinates[:, 0] < 130, 0.4, 0.6).astype(np.float32)

    probabilities = [[0.1, 0.9, 0], [1, 0, 0]]
    assert read([LEFT, RIGHT_TOP], probabilities, trained_filter=LeftIsNone()).text == "あ"
    lenient = read([LEFT, RIGHT_TOP], probabilities, trained_filter=LeftIsNone(), filter_threshold=0.4)
    assert lenient.text == "あ\nい"


def test_small_ones_at_the_right_of_others_can_be_left_out():
    beside, below_alone = (172, 12, 182, 22), (150, 70, 160, 80)
    boxes, probabilities = [RIGHT_TOP, beside, RIGHT_BELOW, below_alone], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    boxes_left = [each.box for each in read(boxes, probabilities, furigana_below=0.6).characters]
    assert sorted(boxes_left) == sorted([RIGHT_TOP, RIGHT_BELOW, below_alone])
    assert len(read(boxes, probabilities, furigana_below=0.5).characters) == len(read(boxes, probabilities).characters)


def test_characters_that_are_not_certain_in_their_context_can_be_left_out():
    class Context:
        def reread(self, blocks, keep):
            assert len(blocks[0].columns) == 2
            return tuple(replace(each, columns=tuple(map(self._surer, each.columns))) for each in blocks)

        def _surer(self, column):
            first, *others = column.characters
            surer = replace(first, candidates=(replace(first.candidates[0], prob=0.8),))
            return replace(column, characters=(surer, *others))

    boxes, probabilities, scores = (
        [RIGHT_TOP, RIGHT_BELOW, LEFT],
        [[0.4, 0.3, 0.3], [0, 0.4, 0.3], [0, 0, 0.4]],
        [0.5, 0.5, 0.2],
    )
    settings = ReaderSettings(short_sides=(100,), certainty_threshold=0.3)
    page = PageReader(ScriptedEngine(boxes, scores, probabilities), settings, {}, None, Context()).read(PIXELS)
    assert [(each.box, each.prob) for each in page.characters] == [(RIGHT_TOP, 0.8)] and page.text == "あ"
    assert read(boxes, probabilities, scores, certainty_threshold=0.9).blocks == ()


def test_a_box_that_stands_alone_goes_before_it_is_read():
    column = [(150, y, 162, y + 12) for y in range(4, 90, 14)]
    alone, scores, certain = (2, 2, 14, 14), [*[0.6] * len(column), 0.3], [1, 0, 0]

    class ReadsTheColumn(ScriptedEngine):
        def read(self, page, boxes):
            assert boxes.tolist() == [list(map(float, box)) for box in column]
            return np.array([certain] * len(boxes), np.float32)

    settings = ReaderSettings(short_sides=(100,), neighbour_threshold=0.5)
    assert PageReader(ReadsTheColumn([*column, alone], scores, []), settings, {}).read(PIXELS).text == "あ" * len(
        column
    )
    assert len(read([*column, alone], [certain] * len(scores), scores).characters) == len(scores)
    assert (
        settings.to_plain()["neighbour_threshold"] == 0.5 and ReaderSettings.from_plain(settings.to_plain()) == settings
    )
    assert not {"neighbour_threshold", "two_views"} & ReaderSettings(short_sides=(100,)).to_plain().keys()
    assert ReaderSettings(short_sides=(100,), two_views=True).to_plain()["two_views"] is True


def test_a_page_on_which_nothing_is_found_is_a_page():
    page = read([], [])
    assert page.blocks == () and page.text == "" and page.width == 200
