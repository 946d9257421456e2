from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mojika.errors import UserError
from mojika.pictures import class_distribution
from mojika.pictures.class_distribution import draw_class_distribution

BLUE = (0x0B, 0x6E, 0x99)


def blue_columns(path: Path) -> int:
    """How many columns of the picture have much of the second colour: the width of its bars."""
    image = np.asarray(Image.open(path).convert("RGB"))
    return int(((image == BLUE).all(2).sum(0) > 60).sum())


def draw(path: Path, after: list[int], chars: str = "0াি") -> Path:
    counts = {"predicted before": np.array([9] * len(after)), "after": np.array(after)}
    draw_class_distribution(path, "vowel diacritic", list(chars), counts)
    return path


def test_each_class_has_a_bar_where_it_is_predicted(tmp_path):
    widths = [
        blue_columns(draw(tmp_path / "few.png", after)) for after in ([900, 0, 0], [900, 900, 0], [900, 900, 900])
    ]
    assert widths[0] > 20 and widths[1] == pytest.approx(2 * widths[0], rel=0.1)
    assert widths[2] == pytest.approx(3 * widths[0], rel=0.1)


def test_many_classes_are_drawn_as_lines(tmp_path):
    path = draw(tmp_path / "many.png", list(range(40)), "ক" * 40)
    image = np.asarray(Image.open(path).convert("RGB"))
    assert image.shape[1] > 1000 and (image == BLUE).all(2).any() and blue_columns(path) < 40


def test_without_fonts_the_classes_keep_their_numbers(tmp_path, monkeypatch):
    def no_font(*_: object) -> None:
        raise UserError("no font with Japanese glyphs found")

    monkeypatch.setattr(class_distribution, "font_file", no_font)
    assert blue_columns(draw(tmp_path / "plain.png", [900, 0, 0])) > 20
