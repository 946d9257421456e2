"""Single characters for classifiers: all forms of kana, a hand for each, a pack that depends on its seed only."""

import shutil
import unicodedata

import numpy as np
import pytest

from mojika.cli import main as cli
from mojika.data.pack import Pack
from mojika.errors import UserError
from mojika.samples.fonts import find_brush_fonts
from mojika.samples.forms import Form, shape_of
from mojika.samples.glyphs.fonts import MINCHO, find_glyph_fonts
from mojika.samples.glyphs.forms import forms_of
from mojika.samples.glyphs.pack import is_drawable
from mojika.samples.glyphs.pen import Pen
from mojika.samples.glyphs.variants import PARENTS, hentaigana
from mojika.samples.kana import KANA, VARIANT_FORMS

SMALL = "--count 40 --size 32 --classes 30 --workers 1"


def glyphs(out, *options: str) -> Pack:
    assert cli.main(["sample", "glyphs", str(out), *SMALL.split(), *options]) == 0
    return Pack.open(out)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Pack:
    return glyphs(tmp_path_factory.mktemp("glyphs") / "pack")


def test_every_hentaigana_of_unicode_is_a_form_of_the_kana_that_its_name_spells():
    letters = hentaigana()
    assert len(set("".join(letters.values()))) == 286
    assert all(unicodedata.name(letter).startswith("HENTAIGANA LETTER KA-") for letter in letters["か"])
    assert set(letters["む"]) & set(letters["ん"]) == {chr(0x1B11D), chr(0x1B11E)}


def test_the_usual_parents_of_each_kana_are_among_all_its_parents():
    assert [kana for kana, (_, parents) in VARIANT_FORMS.items() if not set(parents) <= set(PARENTS[kana])] == []


def test_every_kana_can_be_drawn_and_its_weights_sum_to_one():
    styles = (*find_brush_fonts(), MINCHO, "some-hentaigana", "another")
    for kana in KANA:
        assert sum(forms_of(kana, styles).values()) == pytest.approx(1, abs=0.05)
    assert Form("some-hentaigana", "か", voiced=True) in forms_of("が", styles)
    fonts = find_glyph_fonts([])
    assert [kana for kana in KANA if not is_drawable(kana, fonts)] == []


def test_a_pack_of_crops_with_dark_ink_on_lighter_paper(made):
    assert made.images.shape == (40, 32, 32, 1)
    assert len(made.classes["label"]) == 30
    assert set(made.samples["label"]) <= set(made.classes["label"].labels)
    middles, borders = made.images[:, 4:-4, 4:-4], made.images[:, [0, -1]]
    assert np.mean(middles.min(axis=(1, 2, 3)) < np.median(borders, axis=(1, 2, 3))) > 0.9


def test_equal_seeds_draw_equal_crops_and_others_draw_others(made, tmp_path):
    again, other = glyphs(tmp_path / "again"), glyphs(tmp_path / "other", "--seed", "1")
    np.testing.assert_array_equal(again.images, made.images)
    assert again.samples.equals(made.samples)
    assert (other.images != made.images).any()
    assert other.classes["label"].digest == made.classes["label"].digest


def test_no_two_copies_of_a_form_are_alike():
    fonts = find_brush_fonts()
    shape = shape_of(Form("grass", "を"), fonts)
    rng = np.random.default_rng(0)
    first, second = Pen().draw(shape, 60, rng), Pen().draw(shape, 60, rng)
    assert first.shape != second.shape or (first != second).any()
    assert first[0].any() and first[-1].any() and first[:, 0].any() and first[:, -1].any()


def test_fonts_of_a_folder_join_the_others_under_their_names(tmp_path):
    brush = find_brush_fonts()
    shutil.copy(brush["grass"].path, tmp_path / "mine.ttf")
    assert set(find_glyph_fonts([tmp_path])) >= {*brush, "mine"}
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"expected a folder with fonts .*empty"):
        find_glyph_fonts([tmp_path / "empty"])
