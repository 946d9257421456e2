"""Characters written from their strokes: the file of strokes, and one movement of the brush at any speed."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mojika.cli import main as cli
from mojika.data.pack import Pack
from mojika.errors import UserError
from mojika.samples.glyphs.cursive import CursiveHand, CursivePen
from mojika.samples.glyphs.fonts import CURSIVE
from mojika.samples.glyphs.forms import forms_of
from mojika.samples.glyphs.stroke_file import StrokeFile

SMALL = "--count 20 --size 24 --classes 30 --workers 1"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><g>{}</g></svg>'
PATHS = {
    "二": ["M20,30C40,30,60,30,90,30", "M10,80c30,0,60,0,90,0"],
    "し": ["M30,10c0,20,0,40,0,60s20,30,50,10"],
}


@pytest.fixture(scope="module")
def strokes(tmp_path_factory) -> StrokeFile:
    folder = tmp_path_factory.mktemp("strokes")
    for character, paths in PATHS.items():
        drawn = "".join(f'<path d="{path}"/>' for path in paths)
        (folder / f"{ord(character):05x}.svg").write_text(SVG.format(drawn))
    (folder / f"{ord('し'):05x}-Kaisho.svg").write_text(SVG.format(""))
    script = Path(__file__).parents[2] / "scripts/join_strokes.py"
    subprocess.run([sys.executable, script, folder / "strokes.npz", folder], check=True)
    return StrokeFile(folder / "strokes.npz")


def test_strokes_come_in_writing_order_and_keep_their_ends(strokes):
    assert "二" in strokes and "し" in strokes and "三" not in strokes
    upper, lower = strokes.strokes("二")
    np.testing.assert_allclose(109 * upper[[0, -1]], [[20, 30], [90, 30]], atol=0.05)
    np.testing.assert_allclose(109 * lower[[0, -1]], [[10, 80], [100, 80]], atol=0.05)
    np.testing.assert_allclose(np.diff(lower[:, 0]), 90 / 109 / (len(lower) - 1), atol=1e-3)
    (hook,) = strokes.strokes("し")
    # the second curve's first control point mirrors the one before it: the stroke goes on straight down at first
    np.testing.assert_allclose(109 * hook[[0, -1]], [[30, 10], [80, 80]], atol=0.05)
    assert hook[:, 1].max() * 109 > 80


def test_a_slow_pen_draws_the_strokes_and_a_fast_one_runs_them_together(strokes):
    slow, fast = CursivePen(blend=0.0, stray=0.0), CursivePen(blend=1.5, stray=0.0)
    assert max(inked_parts(slow, strokes, "二")) == 2
    assert min(inked_parts(fast, strokes, "二")) == 1


def inked_parts(pen: CursivePen, strokes: StrokeFile, character: str) -> list[int]:
    """How many separate parts each of ten writings has."""
    from scipy.ndimage import label

    rng = np.random.default_rng(0)
    pen = replace(pen, stroke_width=(0.05, 0.06))
    writings = [CursiveHand(strokes, rng, pen).shape(character).distance > 0 for _ in range(10)]
    return [int(label(writing)[1]) for writing in writings]


def test_what_is_written_from_strokes_is_a_share_of_every_character():
    styles = ("grass", "running", "slender", "standard", "mincho")
    for character in "花は":
        with_it, without = forms_of(character, (*styles, CURSIVE)), forms_of(character, styles)
        assert sum(with_it.values()) == pytest.approx(sum(without.values()), rel=0.15)
        assert 0.1 < sum(weight for form, weight in with_it.items() if form.style == CURSIVE) < 0.6


def test_equal_seeds_write_equal_packs(strokes, tmp_path):
    options = ["--strokes", str(strokes.path), *SMALL.split()]
    packs = []
    for name in ("one", "two"):
        assert cli.main(["sample", "glyphs", str(tmp_path / name), *options]) == 0
        packs.append(Pack.open(tmp_path / name))
    np.testing.assert_array_equal(packs[0].images, packs[1].images)


def test_another_file_is_refused_in_a_line(tmp_path):
    (tmp_path / "other.npz").write_bytes(b"no strokes")
    with pytest.raises(UserError, match=r"other\.npz: expected strokes as scripts/get_strokes\.sh makes them"):
        StrokeFile(tmp_path / "other.npz").strokes("し")
    parts = {"characters": np.array("し"), "counts": np.array([1]), "ends": np.array([2]), "points": np.zeros((2, 2))}
    for wrong in (
        {"counts": np.array(["x"])},
        {"counts": np.array([2])},
        {"ends": np.array([3])},
        {"points": np.zeros(2)},
    ):
        np.savez(tmp_path / "other.npz", **parts | wrong)
        with pytest.raises(UserError, match="expected strokes as"):
            StrokeFile(tmp_path / "other.npz").strokes("し")
