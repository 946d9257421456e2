"""Pictures of graphemes: the competition's canvas, dark ink on bright paper, within it unless they run over it."""

import dataclasses

import numpy as np
import pytest

from mojika.samples.graphemes.components import Labels
from mojika.samples.graphemes.drawing import draw_grapheme
from mojika.samples.graphemes.fonts import find_bengali_fonts
from mojika.samples.graphemes.grammar import combinations
from mojika.samples.graphemes.hand import Hand

FONTS = find_bengali_fonts()
CALM = dataclasses.replace(
    Hand.draw(np.random.default_rng(0), len(FONTS)),
    size=100, fit=1.0, size_jitter=0.0, own_bend=0.0, free_bend=0.0, tremor=0.0, overshoot=0.0, pressure=0.0,
    stroke=6.0, edge=1.0, ink=20.0, grain=0.0, paper=250.0, paper_noise=0.0, shade=0.0, patch=False, drift=0.0,
    ruled=0.0, outside=0.0, tilt=0.0, slant=0.0, aspect=1.0,
)  # fmt: skip
KA = Labels(13, 0, 0)


def drawn(labels: Labels, hand: Hand, seed: int = 0) -> np.ndarray:
    return draw_grapheme(labels, hand, np.random.default_rng(seed), FONTS)


def stroke_width(ink: np.ndarray) -> float:
    """Twice the area over the outline's length (Cauchy–Crofton)."""
    outline = sum(np.count_nonzero(np.diff(np.pad(ink, 1), axis=axis)) for axis in (0, 1)) * np.pi / 4
    return 2 * np.count_nonzero(ink) / outline


def test_canvas_is_bright_and_ink_is_dark_for_every_hand():
    rng = np.random.default_rng(1)
    found, shares = combinations()
    for seed in range(40):
        hand = dataclasses.replace(Hand.draw(rng, len(FONTS)), outside=0.0, ruled=0.0)
        image = drawn(found[rng.choice(len(found), p=shares)], hand, seed)
        assert (image.shape, image.dtype) == ((137, 236), np.uint8)
        paper = np.median(image)
        assert paper > 200
        ink = image < (int(paper) + int(image.min())) / 2
        assert paper - np.median(image[ink]) > 80
        assert 0.01 < ink.mean() < 0.25
        edges = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
        assert not edges.any()


@pytest.mark.parametrize("width", [4.0, 6.0, 9.0])
def test_strokes_are_as_wide_as_the_pen_whatever_the_font(width):
    for style in range(len(FONTS)):
        preferred = tuple(1.0 if other == style else 1e-9 for other in range(len(FONTS)))
        image = drawn(KA, dataclasses.replace(CALM, stroke=width, styles=preferred))
        assert stroke_width(image < 135) == pytest.approx(width, rel=0.2)


def test_a_calm_hand_writes_in_the_middle_and_at_its_size():
    rows, columns = np.nonzero(drawn(KA, CALM) < 135)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(68, abs=4)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(117.5, abs=4)
    assert max(np.ptp(rows), np.ptp(columns)) == pytest.approx(100 + 6, rel=0.12)


def test_a_hand_that_runs_over_the_border_leaves_ink_there():
    outside = dataclasses.replace(CALM, outside=1.0)
    for seed in range(8):
        ink = drawn(KA, outside, seed) < 135
        assert np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]]).any()


def test_each_copy_of_a_lively_hand_is_another_and_hands_differ():
    hands = [Hand.draw(np.random.default_rng(seed), len(FONTS)) for seed in range(2)]
    assert np.array_equal(drawn(KA, hands[0], 3), drawn(KA, hands[0], 3))
    assert not np.array_equal(drawn(KA, hands[0], 3), drawn(KA, hands[0], 4))
    assert not np.array_equal(drawn(KA, hands[0], 3), drawn(KA, hands[1], 3))


def test_a_cut_out_patch_stands_on_white():
    image = drawn(KA, dataclasses.replace(CALM, patch=True, paper=240.0))
    assert (image[[0, -1]] == 255).all()
    assert (image[:, [0, -1]] == 255).all()
    assert np.count_nonzero((image > 230) & (image < 250)) > 500
