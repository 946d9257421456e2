"""Pages in wide hands: the same every time, labels where the ink is, templates repeated, transcriptions understood."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mojika.cli import main as cli
from mojika.data.page_labels import read_page_labels
from mojika.samples.glyphs.fonts import find_glyph_fonts
from mojika.samples.wide.arrangement import Arrangement, Rect
from mojika.samples.wide.columns import Compositor, draw_setting
from mojika.samples.wide.inventing import invent
from mojika.samples.wide.leaf import draw_ink, ink_leaf
from mojika.samples.wide.lens import lay_through_lens
from mojika.samples.wide.passages import Token, passage, tokens_of
from mojika.samples.wide.repeating import Template, repeat
from mojika.samples.wide.scribe import Scribe

TEXT = [Token(character) for character in "つれつれなるまゝに日くらし硯にむかひて心にうつりゆくよしなし事を"]


@pytest.fixture(scope="module")
def fonts():
    return find_glyph_fonts([])


@pytest.mark.parametrize("seed", range(6))
def test_invented_leaf_has_ink_up_to_the_sides_of_each_box(fonts, seed):
    rng = np.random.default_rng(seed)
    scribes = [Scribe(fonts, rng), Scribe(fonts, rng)]
    inked = ink_leaf(invent(0.65, TEXT, scribes, False, rng), 500, draw_ink(rng), scribes, rng)
    for box in inked.boxes:
        ink = inked.density[box.y : box.y + box.height, box.x : box.x + box.width]
        assert ink.shape == (box.height, box.width)
        assert all(side.max() > 20 for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1])), box


def test_columns_run_down_and_from_right_to_left(fonts):
    rng = np.random.default_rng(3)
    arrangement = Arrangement(0.7)
    compositor = Compositor(arrangement, TEXT, [Scribe(fonts, rng)], rng)
    compositor.fill(Rect(0.05, 0.1, 0.65, 0.9), draw_setting(rng, 0.03))
    heads = [slot.box for slot in arrangement.slots if slot.labelled and not slot.follows]
    assert heads[0].left > heads[-1].left
    for before, after in zip(arrangement.slots, arrangement.slots[1:], strict=False):
        if after.follows and before.labelled:
            assert after.box.top > before.box.top


def test_a_template_is_repeated_with_its_characters_near_their_places(fonts):
    rng = np.random.default_rng(1)
    corners = np.array([[x, y, x + 0.03, y + 0.04] for x in (0.5, 0.4) for y in (0.1, 0.16, 0.22)])
    template = Template("いろはにほへ", corners, 0.6)
    arrangement = repeat(template, None, 1, True, rng)
    written = [slot for slot in arrangement.slots if slot.labelled]
    assert "".join(slot.character for slot in written) == "いろはにほへ"
    assert [slot.follows for slot in written] == [False, True, True, False, True, True]
    centres = [((slot.box.left + slot.box.right) / 2, (slot.box.top + slot.box.bottom) / 2) for slot in written]
    expected = (corners[:, :2] + corners[:, 2:]) / 2 * (arrangement.width / 0.6, 1)
    assert np.abs(np.array(centres) - expected).max() < 0.01


def test_boxes_follow_what_the_lens_moves():
    rng = np.random.default_rng(0)
    book = np.ones((400, 500, 3), np.float32)
    boxes = np.array([[40, 50, 60, 66], [430, 340, 448, 360], [240, 190, 262, 210]], float)
    for left, top, right, bottom in boxes.astype(int):
        book[top:bottom, left:right] = 0
    for _ in range(5):
        picture, moved = lay_through_lens(np.ones((460, 560, 3), np.float32), book, boxes, (30, 25), 0.5, rng)
        for left, top, right, bottom in moved:
            rows, columns = np.nonzero(picture[int(top) - 8 : int(bottom) + 8, int(left) - 8 : int(right) + 8, 0] < 0.4)
            found = np.array([columns.mean() + int(left) - 8, rows.mean() + int(top) - 8]) + 0.5
            assert np.abs(found - [(left + right) / 2, (top + bottom) / 2]).max() < 1.5


def test_koji_notation():
    tokens = tokens_of("【タイトル】\n冨士山（ふじさん）の　《割書：東海道｜南海道》あ【あ：小書き】なむ〳〵□")
    assert "".join(token.character for token in tokens) == "冨士山の東海道南海道あなむ"
    assert [token.reading for token in tokens[:4]] == ["ふ", "じさ", "ん", ""]
    assert {token.character for token in passage([tokens], 50, np.random.default_rng(0))} <= set(
        "冨士山の東海道南あなむ"
    )


def test_command_draws_single_pages_and_openings_the_same_every_time(tmp_path, capsys):
    labels, text = tmp_path / "labels.csv", tmp_path / "text.csv"
    labels.write_text("image_id,labels\nbrsk001_002,U+3044 500 100 40 50 U+308D 500 160 40 50 U+306F 430 100 40 50\n")
    text.write_text(f"uuid,text\n1,{'春はあけぼの' * 9}\n", encoding="utf-8")
    sizes = "--books 1 --pages-per-book 4 --test-books 0 --test-pages 0 --scale 0.1 --workers 1"
    images = []
    sources = ["--style", "wide", "--labels-from", str(labels), "--text-from", str(text)]
    for name in ("first", "second"):
        assert cli.main(["sample", "kuzushiji", str(tmp_path / name), *sizes.split(), *sources]) == 0
        images.append([path.read_bytes() for path in sorted((tmp_path / name / "train_images").iterdir())])
    assert images[0] == images[1]
    shapes = set()
    for page in read_page_labels(tmp_path / "first/train.csv"):
        height, width = cv2.imread(str(tmp_path / f"first/train_images/{page.image_id}.jpg")).shape[:2]
        shapes.add(width > height)
        if page.labels:
            assert page.boxes.min() >= 0
            assert (page.boxes[:, 2:] <= (width, height)).all()
    assert shapes == {True, False}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--fonts", "."], "expected --style wide with --fonts"),
        (["--style", "wide", "--characters-from", "x.csv"], "expected --style books with --characters-from"),
        (["--style", "wide", "--text-from", "none.txt"], "none.txt: no such file"),
        (["--style", "wide", "--strokes", "none.npz"], "none.npz: no such file"),
        (["--style", "wide", "--text-from", "none.csv"], "none.csv: no such file; expected a CSV with a column text"),
    ],
)
def test_what_cannot_be_combined_is_said_in_a_line(tmp_path, monkeypatch, capsys, flags, expected):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["sample", "kuzushiji", "out", *flags]) == 2
    assert expected in capsys.readouterr().err
    assert not Path("out").exists()
