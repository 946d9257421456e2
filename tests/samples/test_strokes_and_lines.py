"""Run-on strokes join two characters; printed lines stand where the frame is."""

import numpy as np
import pytest
from scipy import ndimage

from mojika.samples.book import BOOK_IDS, draw_book
from mojika.samples.brush import connect
from mojika.samples.frame import draw_frame
from mojika.samples.noise import fine_noise, slow_noise, wobble
from mojika.samples.typesetting import Block


@pytest.mark.parametrize("end", [(60, 70), (20, 66), (40, 48), (90, 30)])
def test_run_on_stroke_is_one_piece_from_exit_to_entry(end):
    layer = np.zeros((100, 120), np.uint8)
    connect(layer, (40, 40), end, width=6, density=1.0, rng=np.random.default_rng(0))
    pieces, count = ndimage.label(layer > 60, structure=np.ones((3, 3)))
    assert count == 1
    assert pieces[40, 40] == pieces[end[1], end[0]] == 1


def test_run_on_stroke_is_thinnest_half_way():
    layer = np.zeros((120, 80), np.uint8)
    connect(layer, (40, 10), (40, 110), width=12, density=1.0, rng=np.random.default_rng(0))
    thickness = (layer > 127).sum(1)
    assert thickness[60] < 0.6 * min(thickness[14], thickness[106])


def test_run_on_stroke_at_the_edge_of_the_page_stays_in_it():
    layer = np.zeros((50, 50), np.uint8)
    connect(layer, (1, 45), (2, 60), width=8, density=0.5, rng=np.random.default_rng(0))
    assert 0 < layer.max() <= 128


def test_fainter_brush_leaves_less_ink():
    full, faint = np.zeros((2, 60, 60), np.uint8)
    for layer, density in ((full, 1.0), (faint, 0.4)):
        connect(layer, (30, 10), (30, 50), 6, density, np.random.default_rng(0))
    assert faint.max() == pytest.approx(0.4 * full.max(), abs=2)


@pytest.mark.parametrize("fold", [20, 380])
def test_frame_lines_stand_around_the_block_and_run_to_the_fold(fold):
    layout = next(book.layout for book in (draw_book(BOOK_IDS[0], seed, 0) for seed in range(99)) if book.layout.frame)
    layer = np.zeros((500, 400), np.uint8)
    draw_frame(layer, Block(60, 100, 340, 450), layout, fold, thickness=5, rng=np.random.default_rng(0))
    inked = layer > 60
    spine = 340 if fold == 20 else 60
    assert inked[110:440, spine - 4 : spine + 5].any(1).mean() > 0.9
    for y in (100, 450):
        assert inked[y - 5 : y + 6, min(fold, spine) : max(fold, spine)].any(0).mean() > 0.9
    beyond = inked[:, 350:] if fold == 20 else inked[:, :50]
    assert not beyond.any()
    assert not inked[:90].any()
    assert not inked[460:].any()


def test_noise_has_unit_deviation_and_the_size_asked_for():
    rng = np.random.default_rng(0)
    assert fine_noise(300, 200, 3, rng).std() == pytest.approx(1, abs=0.02)
    assert slow_noise(300, 200, 60, rng).std() == pytest.approx(0.75, abs=0.2)
    field = fine_noise(300, 200, 4, rng)
    neighbours = np.corrcoef(field[:, 1:].ravel(), field[:, :-1].ravel())[0, 1]
    assert neighbours == pytest.approx(np.exp(-1 / (4 * 2**2)), abs=0.03)  # of a Gaussian of deviation 2
    assert wobble(100, 10, 0.5, rng).shape == (100,)
