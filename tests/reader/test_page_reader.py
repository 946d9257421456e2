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


def test_a_page_on_which_nothing_is_found_is_a_page():
    page = read([], [])
    assert page.blocks == () and page.text == "" and page.width == 200
