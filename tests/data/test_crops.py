import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mojika.data.crops import clip_boxes, cut_crops, enlarge_boxes, have_area

PAGE = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)


def test_boxes_grow_by_a_fraction_of_their_own_sides():
    boxes = np.array([[100, 200, 140, 300], [0, 0, 1, 1]], np.float32)
    np.testing.assert_allclose(enlarge_boxes(boxes, 0.05), [[98, 195, 142, 305], [-0.05, -0.05, 1.05, 1.05]])


def test_boxes_are_cut_off_at_the_pages_edges():
    boxes = np.array([[-5, 10, 90, 70], [79, 59, 81, 61], [-9, 1, -2, 5], [80, 0, 90, 9]], np.float32)
    clipped = clip_boxes(boxes, 80, 60)
    np.testing.assert_array_equal(clipped, [[0, 10, 80, 60], [79, 59, 80, 60], [0, 1, 0, 5], [80, 0, 80, 9]])
    assert have_area(clipped).tolist() == [True, True, False, False]


@given(arrays(np.float32, (5, 4), elements=st.floats(-100, 200, width=32)), st.floats(0, 1))
def test_clipped_boxes_stay_inside_and_enlarged_ones_contain_the_box(corners, fraction):
    boxes = np.concatenate([np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])], 1)
    grown = enlarge_boxes(boxes, fraction)
    assert (grown[:, :2] <= boxes[:, :2]).all() and (grown[:, 2:] >= boxes[:, 2:]).all()
    clipped = clip_boxes(grown, 80, 60)
    assert (clipped >= 0).all() and (clipped[:, [0, 2]] <= 80).all() and (clipped[:, [1, 3]] <= 60).all()


def test_a_box_of_the_crops_own_size_is_copied():
    crops = cut_crops(PAGE, np.array([[10, 20, 26, 36], [0, 0, 16, 16]], np.float32), size=16, fraction=0)
    np.testing.assert_array_equal(crops, [PAGE[20:36, 10:26], PAGE[:16, :16]])


def test_a_box_grown_to_the_crops_size_is_copied_with_its_margin():
    crops = cut_crops(PAGE, np.array([[20, 20, 30, 30]], np.float32), size=12, fraction=0.1)
    np.testing.assert_array_equal(crops[0], PAGE[19:31, 19:31])


def test_the_margin_ends_at_the_page():
    box = np.array([[0, 0, 80, 60]], np.float32)
    np.testing.assert_array_equal(cut_crops(PAGE, box, 30, 0.5), cut_crops(PAGE, box, 30, 0))


@pytest.mark.parametrize("size", [20, 40, 160])
@pytest.mark.parametrize("channels", [1, 3])
def test_resizing_is_antialiased_bicubic_whatever_the_aspect(size, channels):
    page = PAGE[..., :channels] // 3 + 80  # mid-tones: Pillow clips between its two passes
    (crop,) = cut_crops(page, np.array([[0, 0, 80, 60]], np.float32), size, 0)
    assert crop.shape == (size, size, channels)
    planes = torch.from_numpy(page).permute(2, 0, 1)[None].double()
    oracle = torch.nn.functional.interpolate(planes, (size, size), mode="bicubic", antialias=True, align_corners=False)
    np.testing.assert_allclose(crop, oracle[0].permute(1, 2, 0).clamp(0, 255).numpy(), atol=1.2)  # each pass rounds


def test_fractions_of_a_pixel_move_the_crop():
    ramp = np.repeat(np.arange(80, dtype=np.uint8)[None], 60, axis=0)[..., None]
    crop = cut_crops(ramp, np.array([[10.5, 10, 20.5, 20]], np.float32), size=10, fraction=0)
    np.testing.assert_allclose(crop[0, 5, :, 0], np.arange(10) + 10.5, atol=0.51)


def test_an_even_margin_is_that_of_the_mean_side():
    boxes = np.array([[100, 200, 140, 300]], np.float32)
    np.testing.assert_allclose(enlarge_boxes(boxes, 0.05, evenly=True), [[96.5, 196.5, 143.5, 303.5]])
    np.testing.assert_array_equal(
        cut_crops(PAGE, np.array([[20, 24, 32, 28]], np.float32), 16, 0.25, evenly=True)[0],
        cut_crops(PAGE, np.array([[18, 22, 34, 30]], np.float32), 16, 0)[0],
    )
