"""Characters drawn out downwards: narrow, as し is in books, and written with the same brush."""

import numpy as np
import pytest

from mojika.samples.drawn_out import draw_factor, drawn_out
from mojika.samples.fonts import find_brush_fonts, stroke_width_of
from mojika.samples.forms import Form
from mojika.samples.wide.scribe import Scribe

FONTS = {style: font for style, font in find_brush_fonts().items() if font.draws("し")}


@pytest.mark.parametrize("style", FONTS)
def test_a_shape_becomes_narrow_and_its_strokes_stay_as_wide(style):
    shape = FONTS[style].shape("し")
    longer = drawn_out(shape, 4.0)
    assert longer.width / longer.height == pytest.approx(shape.width / shape.height / 4, rel=0.35)
    assert stroke_width_of(longer.distance > 0) == pytest.approx(shape.stroke_width, rel=0.25)
    assert drawn_out(shape, 1.0) is shape


def test_half_of_all_shi_are_narrower_than_a_fifth_of_their_height():
    rng, shape = np.random.default_rng(0), FONTS["slender"].shape("し")
    aspects = [shape.width / shape.height / draw_factor("し", shape, rng) for _ in range(400)]
    assert 0.08 <= min(aspects) < 0.1 and np.median(aspects) == pytest.approx(0.18, abs=0.03)
    assert draw_factor("ま", shape, rng) == 1.0


def test_a_scribe_fills_a_narrow_box_with_one_stroke_and_not_with_other_characters():
    rng = np.random.default_rng(0)
    scribe = Scribe(FONTS, rng)
    drawn = {
        character: np.array([scribe.draw(Form("grass", character), 20, 120, rng).shape for _ in range(20)])
        for character in ("し", "ま")
    }
    height, width = np.median(drawn["し"], axis=0)
    assert width / height < 0.25 and height > 100
    assert np.median(drawn["ま"][:, 0]) < 80
