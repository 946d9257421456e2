"""What a Bengali font is trusted with, and the skeletons that are taken from it."""

import runpy
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import features

from mojika.errors import UserError
from mojika.samples.graphemes import fonts as bengali
from mojika.samples.graphemes.fonts import MARGIN, find_bengali_fonts, thinned

FONTS = find_bengali_fonts()


def parts(line: np.ndarray) -> int:
    return cv2.connectedComponents(line.astype(np.uint8), connectivity=8)[0] - 1


@pytest.mark.parametrize(
    ("style", "grapheme"),
    [
        ("likhan", "ৎ"),  # not in the font
        ("lohit", "ফ্ফ"),  # its virama shows
        ("sans", "ফ্ফ"),
        ("serif", "ফ্ফ"),
        ("sans", "ত্ত্বু"),  # joined without its vowel sign only
        ("likhan", "ক্র্যু"),  # falls apart into কর‍্যু
        ("lohit", "দ্দ্রে"),  # its virama shows behind the vowel sign
        ("likhan", "ত্ত্রা"),  # begins with ৎ
        ("sans", "ক\u0981\u0981"),  # a second sign on a letter: HarfBuzz draws a dotted circle, or nothing
    ],
)
def test_what_comes_out_wrong_is_not_drawn(style, grapheme):
    assert not FONTS[style].draws(grapheme)


@pytest.mark.parametrize("grapheme", ["ক", "কাঁ", "কৌ", "ক্ষ", "র্কি", "ন্দ", "ং", "ঃ", "\u09dc", "অ্যা", "র\u200d্য"])
def test_common_graphemes_are_drawn_by_every_font(grapheme):
    assert all(font.draws(grapheme) for font in FONTS.values())


def test_each_root_and_diacritic_is_drawn_by_some_font():
    components = bengali.components()
    for root in components["grapheme_root"]:
        assert any(font.draws(root) for font in FONTS.values()), root


@pytest.mark.parametrize(("sign", "strokes"), [("ং", 2), ("ঃ", 2)])
def test_a_sign_of_its_own_stands_without_a_dotted_circle(sign, strokes):
    for font in FONTS.values():
        assert parts(font.skeleton(sign).line) <= strokes  # the circle alone would be ten dots


def test_skeleton_is_thin_and_framed_by_its_margin():
    for font in FONTS.values():
        line = font.skeleton("ক্ষা").line
        assert line.any(1).nonzero()[0][[0, -1]].tolist() == [MARGIN, line.shape[0] - 1 - MARGIN]
        assert line.any(0).nonzero()[0][[0, -1]].tolist() == [MARGIN, line.shape[1] - 1 - MARGIN]
        assert cv2.erode(line.astype(np.uint8), np.ones((3, 3))).sum() == 0


def test_headline_is_found_where_there_is_one():
    for font in FONTS.values():
        row, first, last = font.skeleton("বা").headline
        line = font.skeleton("বা").line
        assert last - first > 0.8 * (line.shape[1] - 2 * MARGIN)
        assert -1 <= row - MARGIN <= 8  # a stem may begin a little above it
        assert font.skeleton("ও").headline is None
        assert font.skeleton("ঃ").headline is None


def test_thinning_keeps_pieces_and_holes_and_leaves_a_line():
    rng = np.random.default_rng(0)
    mask = np.zeros((120, 160), np.uint8)
    for _ in range(6):
        start, end = rng.integers(15, 105, size=(2, 2))
        cv2.line(mask, start.tolist(), end.tolist(), 1, 9)
    cv2.circle(mask, (135, 60), 15, 1, 7)
    line = thinned(mask > 0)
    assert parts(line) == parts(mask)
    holes = [cv2.connectedComponents(1 - image.astype(np.uint8), connectivity=4)[0] for image in (line, mask)]
    assert holes[0] == holes[1]
    assert not (line & (mask == 0)).any()
    ring = line[40:81, 115:156]
    distance = np.hypot(*(np.argwhere(ring) - 20).T)
    assert np.abs(distance - 15).max() <= 1.5


def test_fonts_of_a_folder_are_taken_besides(tmp_path):
    shutil.copy(FONTS["ani"].path, tmp_path / "mine.ttf")
    (tmp_path / "mine.LICENSE").write_text("")
    assert list(find_bengali_fonts([tmp_path])) == [*FONTS, "mine"]
    with pytest.raises(UserError, match="expected a folder with fonts"):
        find_bengali_fonts([tmp_path / "none"])


def test_a_font_of_one_part_still_joins_conjuncts(tmp_path, monkeypatch):
    script = Path(__file__).parents[3] / "scripts/join_font.py"
    monkeypatch.setattr(sys, "argv", ["join_font.py", str(tmp_path / "lohit.ttf"), str(FONTS["lohit"].path)])
    runpy.run_path(str(script), run_name="__main__")
    joined = find_bengali_fonts([tmp_path])["lohit"]
    assert joined.path == tmp_path / "lohit.ttf"
    assert joined.draws("ক্ষ") and np.array_equal(joined.skeleton("ক্ষ").line, FONTS["lohit"].skeleton("ক্ষ").line)


def test_pillow_without_raqm_is_refused(monkeypatch):
    monkeypatch.setattr(features, "check", lambda name: False)
    with pytest.raises(UserError, match="RAQM"):
        find_bengali_fonts()


def test_missing_fonts_are_named_with_their_packages(monkeypatch):
    monkeypatch.setattr("mojika.files.fonts.installed_font_files", lambda wanted: {})
    with pytest.raises(UserError, match=r"Ani\.ttf.*fonts-beng-extra fonts-lohit-beng-bengali fonts-noto-core"):
        find_bengali_fonts()
