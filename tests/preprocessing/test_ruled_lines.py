"""Printed lines go, strokes and headlines stay: on drawn scans, where it is known which pixel is whose."""

from pathlib import Path

import numpy as np
import pytest

from mojika.data.grapheme_shards import GraphemeShard
from mojika.preprocessing.graphemes import GraphemeForm, crop_and_resize
from mojika.preprocessing.ruled_lines import remove_ruled_lines

TOP, LEFT, HEIGHT, WIDTH = 20, 58, 90, 120  # of the scan on its white canvas
COLUMNS = np.arange(WIDTH)


@pytest.fixture
def scan() -> np.ndarray:
    """Paper of a shade of gray, bright ink: a headline and two strokes that hang from it."""
    canvas = np.zeros((137, 236), np.uint8)
    paper = canvas[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]
    paper[:] = np.random.default_rng(0).integers(1, 8, paper.shape)
    paper[30:34, 20:100] = 230  # mātrā
    paper[34:75, 40:44] = paper[34:70, 85:89] = 220
    return canvas


def draw(canvas: np.ndarray, rows: np.ndarray, drawn: np.ndarray, thick: int = 3, level: int = 200) -> np.ndarray:
    """A line along `rows (120,)` of the scan, where `drawn (120,) bool`; which pixels of the canvas it took."""
    mask = np.zeros(canvas.shape, bool)
    for column in COLUMNS[drawn]:
        mask[TOP + max(rows[column], 0) : TOP + rows[column] + thick, LEFT + column] = True
    canvas[mask] = np.maximum(canvas[mask], level)
    return mask


LINES = {
    "straight, at the top": (np.full(WIDTH, 1), np.full(WIDTH, True), 3, 200),
    "at the bottom": (np.full(WIDTH, HEIGHT - 4), np.full(WIDTH, True), 3, 200),
    "thick": (np.full(WIDTH, 0), np.full(WIDTH, True), 9, 200),
    "leaning": (2 + COLUMNS // 40, np.full(WIDTH, True), 2, 200),
    "dashed": (np.full(WIDTH, 2), COLUMNS % 12 < 8, 2, 200),
    "pale": (np.full(WIDTH, 2), np.full(WIDTH, True), 2, 40),
    "shorter by a few pixels": (np.full(WIDTH, 2), (COLUMNS > 3) & (COLUMNS < 116), 2, 200),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_goes_and_nothing_else(scan, name):
    plain, line = scan.copy(), draw(scan, *LINES[name])
    cleared = remove_ruled_lines(scan)
    assert cleared[line].max() <= 7
    kept = plain > 100
    np.testing.assert_array_equal(cleared[kept], plain[kept])
    np.testing.assert_array_equal(crop_and_resize(cleared, 64), crop_and_resize(remove_ruled_lines(plain), 64))


def test_two_lines_go(scan):
    first, second = draw(scan, *LINES["leaning"]), draw(scan, *LINES["at the bottom"])
    assert remove_ruled_lines(scan)[first | second].max() <= 7


def test_a_stroke_that_crosses_a_line_stays_whole_and_one_that_ends_at_it_loses_the_line_only(scan):
    paper = scan[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]
    paper[0:34, 60:64] = 230  # crosses a line in rows 5 to 7
    paper[8:34, 80:84] = 230  # ends there
    plain = scan.copy()
    draw(scan, np.full(WIDTH, 5), np.full(WIDTH, True))
    cleared = remove_ruled_lines(scan)[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]
    assert (cleared[0:34, 60:64] >= 200).all()
    assert cleared[5:8, 66:].max() <= 7 and (cleared[10:34, 80:84] == 230).all()
    assert (cleared == plain[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]).mean() > 0.9


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (slice(2, 5), slice(0, 100)),  # ends before the scan does
        (slice(40, 43), slice(0, WIDTH)),  # amid the character
        (slice(0, 16), slice(0, WIDTH)),  # a bar
        (slice(0, HEIGHT), slice(2, 5)),  # upright
    ],
)
def test_what_is_no_line_of_a_form_stays(scan, rows, columns):
    scan[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH][rows, columns] = 230
    np.testing.assert_array_equal(remove_ruled_lines(scan), scan)


def test_a_headline_across_a_picture_of_pure_paper_stays(scan):
    pure = np.where(scan > 100, scan, 0).astype(np.uint8)
    np.testing.assert_array_equal(remove_ruled_lines(pure), pure)
    blank = np.zeros((137, 236), np.uint8)
    np.testing.assert_array_equal(remove_ruled_lines(blank), blank)


@pytest.mark.parametrize("size", [(1, 1), (1, 60), (3, 9), (60, 1), (137, 236)])
def test_scans_of_any_size_and_specks_are_looked_at(size):
    specks = np.zeros((137, 236), np.uint8)
    specks[: size[0], : size[1]] = 3
    np.testing.assert_array_equal(remove_ruled_lines(specks), specks)
    specks[: size[0], 0] = 255
    assert remove_ruled_lines(specks).shape == specks.shape


def test_unruled_forms_are_prepared_from_what_is_left(scan):
    draw(scan, *LINES["straight, at the top"])
    images = np.stack([255 - scan] * 2)
    for text in ("crop:64", "native", "56x96"):
        form = GraphemeForm.parse(f"{text}+unruled")
        assert str(form) == f"{text}+unruled" and form.unruled
        expected = GraphemeForm.parse(text).prepare(255 - np.stack([remove_ruled_lines(scan)] * 2))
        np.testing.assert_array_equal(form.prepare(images), expected)
        assert (form.prepare(images) != GraphemeForm.parse(text).prepare(images)).any()


def test_real_cells_lose_lines_and_real_graphemes_without_any_lose_nothing(bengali_graphemes: Path):
    """Three writers wrote on blank paper; a fourth into the cells of a form, of which a third show a line."""
    changed = {}
    for name in ("train", "test"):
        shard = GraphemeShard.open(bengali_graphemes / f"{name}_image_data_0.parquet")
        images = np.concatenate([images for _, images in shard.batches()])[::8]
        changed[name] = np.mean([(remove_ruled_lines(255 - image) != 255 - image).any() for image in images])
    assert changed["train"] <= 0.01 and 0.25 < changed["test"] < 0.5
