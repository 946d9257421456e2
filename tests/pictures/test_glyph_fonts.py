"""Fonts for texts of several scripts, against what FreeType draws for a code point that a font lacks."""

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from mojika.errors import UserError
from mojika.pictures import glyph_fonts
from mojika.pictures.glyph_fonts import drawable, font_for, glyph_font


def ink(text: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    image = Image.new("L", (120, 60))
    ImageDraw.Draw(image).text((60, 30), text, 255, font, anchor="mm")
    return np.asarray(image) > 127


@pytest.mark.parametrize("text", ["か", "龍", "ゝ", "▲", "ক", "ক্ষ", "স্ত্রী", "é", "か→お"])
def test_every_script_gets_a_font_that_knows_its_characters(text):
    font = font_for(text, 32)
    lacking = "\U000f0000" * len(text)  # private use: drawn as the font's empty box, or as nothing
    assert ink(text, font).sum() > 20
    assert not np.array_equal(ink(text, font), ink(lacking, font))
    assert drawable(text) == text


def test_bengali_conjuncts_are_joined():
    letters, conjunct = font_for("কষ", 32), font_for("ক্ষ", 32)
    assert conjunct.getlength("ক্ষ") < letters.getlength("কষ")  # one shape instead of two letters and a hasanta


def test_what_no_font_draws_is_named_by_its_code_points():
    assert font_for("\U000f0000", 20) is None
    assert drawable("か\U000f0000") == "U+304B U+F0000"


def test_the_package_is_named_where_no_font_draws_japanese(monkeypatch, tmp_path):
    monkeypatch.setattr(glyph_fonts, "GLYPH_FONTS", (tmp_path / "none.ttc",))
    with pytest.raises(UserError, match="install the Debian package fonts-noto-cjk"):
        glyph_font(20)


def test_a_blank_glyph_is_no_glyph():
    filler = "\u3164"  # a letter to Unicode, empty space to the font
    with TTFont(glyph_font(20).path, fontNumber=0) as font:
        assert ord(filler) in font.getBestCmap()
    assert font_for(filler, 20) is None and drawable(filler) == "U+3164"
