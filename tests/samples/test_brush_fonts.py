"""Brush fonts: what has ink is found, what has none is not claimed, and missing fonts are named with their packages."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt

from mojika.errors import UserError
from mojika.files import fonts as font_files
from mojika.samples.fonts import find_brush_fonts, signed_distance
from mojika.samples.forms import Form, drawable_forms, forms_of, shape_of
from mojika.samples.kana import KANA, OLD_FORMS, VARIANT_FORMS
from mojika.samples.kanji import COMMON_KANJI, furigana_of


@pytest.fixture(scope="module")
def brush_fonts():
    return find_brush_fonts()


def test_every_kana_and_common_kanji_can_be_drawn(brush_fonts):
    assert [label for label in [*KANA, *COMMON_KANJI] if not drawable_forms(label, brush_fonts)] == []


def test_every_variant_and_old_form_has_ink_in_the_grass_script(brush_fonts):
    parents = "".join(parents for _, parents in VARIANT_FORMS.values()) + "".join(OLD_FORMS.values())
    assert [character for character in parents if not brush_fonts["grass"].draws(character)] == []


@pytest.mark.parametrize("character", ["\U0010fffd", " ", "\u3000", "ab"])
def test_characters_without_ink_are_not_drawn(brush_fonts, character):
    assert not any(font.draws(character) for font in brush_fonts.values())


def test_shape_is_the_font_glyph(brush_fonts):
    font = brush_fonts["running"]
    image = Image.new("L", (400, 400))
    ImageDraw.Draw(image).text((80, 80), "花", font=ImageFont.truetype(str(font.path), 192), fill=255)
    left, top, right, bottom = image.point(lambda value: 255 * (value > 127)).getbbox()
    shape = font.shape("花")
    assert (shape.width, shape.height) == ((right - left) / 192, (bottom - top) / 192)
    inside = shape.distance[shape.margin : -shape.margin, shape.margin : -shape.margin] > 0
    np.testing.assert_array_equal(inside, np.asarray(image)[top:bottom, left:right] > 127)


def test_signed_distance_is_the_euclidean_distance_to_the_outline():
    inside = np.zeros((60, 80), bool)
    inside[20:40, 10:70] = True
    inside[25:30, 30:50] = False
    expected = (distance_transform_edt(inside) - distance_transform_edt(~inside) + 0.5 - inside) / 192
    np.testing.assert_allclose(signed_distance(inside), expected, atol=0.6 / 192)


def test_stroke_width_of_a_bar_is_its_thickness(brush_fonts):
    shape = brush_fonts["standard"].shape("一")
    ink = shape.distance > 0
    mean_thickness = ink.sum() / np.count_nonzero(ink.any(0)) / shape.em
    assert shape.stroke_width == pytest.approx(mean_thickness, rel=0.25)


@pytest.mark.parametrize("label", ["が", "は", "気", "山", "▲"])
def test_weights_of_forms_sum_to_one(label):
    assert sum(forms_of(label).values()) == pytest.approx(1)


def test_voiced_variant_has_two_more_strokes_at_the_upper_right(brush_fonts):
    plain, voiced = (shape_of(Form("grass", "可", voiced), brush_fonts).distance > 0 for voiced in (False, True))
    added = voiced.copy()
    added[:, : plain.shape[1]] &= ~plain
    rows, columns = np.nonzero(added)
    assert added.any()
    assert rows.max() < 0.55 * plain.shape[0]
    assert columns.min() > 0.5 * plain.shape[1]


def test_every_kanji_has_a_reading_in_kana():
    readings = [furigana_of(kanji) for kanji in [*COMMON_KANJI, "鬱", "鯵"]]
    assert all(reading and set(reading) <= set(KANA) for reading in readings)


def test_missing_fonts_are_named_with_their_packages(monkeypatch, tmp_path):
    monkeypatch.setattr(font_files, "FONT_FOLDERS", (tmp_path,))
    monkeypatch.setenv("PATH", str(tmp_path))  # no fc-list either
    with pytest.raises(UserError, match=r"fonts-aoyagi-soseki fonts-kouzan-mouhitsu.*run\.sh --local"):
        find_brush_fonts()
