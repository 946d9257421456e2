"""Matrices against hand-computed cases, crops against torchvision's."""

import cv2
import numpy as np
import pytest
import torch
from scipy import stats
from torchvision.transforms import InterpolationMode, RandomResizedCrop
from torchvision.transforms.functional import affine

from mojika.augmentation.geometry import Crops, centre_crop_matrix, random_resized_crops, sampling_matrices

BILINEAR = InterpolationMode.BILINEAR


def one(value) -> np.ndarray:
    return np.array([value])


def whole_image() -> Crops:
    return Crops(one(0.0), one(0.0), one(1.0), one(1.0))


def matrix_of(
    degrees=0.0, shear=0.0, crops=None, mirrored=False, upside_down=False, input_size=4, source_size=4
) -> np.ndarray:
    crops, flips = crops or whole_image(), (one(mirrored), one(upside_down))
    return sampling_matrices(one(degrees), one(shear), crops, *flips, input_size, source_size)[0]


def test_nothing_to_do_is_the_identity():
    np.testing.assert_array_equal(matrix_of(), [[1, 0, 0], [0, 1, 0]])


def test_halving_the_size_samples_between_pixels():
    # output pixel 0 covers source pixels 0 and 1, whose centres' middle is 0.5
    np.testing.assert_allclose(matrix_of(input_size=4, source_size=8), [[2, 0, 0.5], [0, 2, 0.5]])


def test_mirror_swaps_first_and_last_column_only():
    np.testing.assert_allclose(matrix_of(mirrored=True), [[-1, 0, 3], [0, 1, 0]], atol=1e-6)


def test_upside_down_swaps_first_and_last_row_only():
    np.testing.assert_allclose(matrix_of(upside_down=True), [[1, 0, 0], [0, -1, 3]], atol=1e-6)


def test_right_half_starts_at_the_middle_column():
    right_half = Crops(one(0.5), one(0.0), one(0.5), one(1.0))
    np.testing.assert_allclose(matrix_of(crops=right_half), [[0.5, 0, 1.75], [0, 1, 0]])


def test_quarter_turn_counter_clockwise_brings_the_right_edge_to_the_top():
    matrix = matrix_of(degrees=90)
    np.testing.assert_allclose(matrix @ [0, 0, 1], [3, 0], atol=1e-6)  # upper left comes from upper right
    np.testing.assert_allclose(matrix @ [3, 0, 1], [3, 3], atol=1e-6)  # upper right comes from lower right


def test_crop_is_cut_from_the_rotated_image():
    upper_left = Crops(one(0.0), one(0.0), one(0.5), one(0.5))
    matrix = matrix_of(degrees=90, crops=upper_left, input_size=2)
    np.testing.assert_allclose(matrix @ [0, 0, 1], [3, 0], atol=1e-6)
    np.testing.assert_allclose(matrix @ [1, 0, 1], [3, 1], atol=1e-6)


def test_quarter_turn_of_a_rectangle_keeps_the_distances_between_pixels():
    """Height 4, width 8, centre (3.5, 1.5): the pixel a step right of the centre comes from a step above it."""
    matrix = matrix_of(degrees=90, input_size=(4, 8), source_size=(4, 8))
    np.testing.assert_allclose(matrix @ [3.5, 1.5, 1], [3.5, 1.5], atol=1e-6)
    np.testing.assert_allclose(matrix @ [4.5, 1.5, 1], [3.5, 2.5], atol=1e-6)
    np.testing.assert_allclose(matrix @ [3.5, 2.5, 1], [2.5, 1.5], atol=1e-6)


def test_sheared_uprights_lean_to_the_right_about_the_centre():
    matrix = matrix_of(shear=45, input_size=(5, 9), source_size=(5, 9))  # centre (4, 2)
    np.testing.assert_allclose(matrix @ [4, 2, 1], [4, 2], atol=1e-6)
    np.testing.assert_allclose(matrix @ [6, 0, 1], [4, 0], atol=1e-6)  # the top went two to the right
    np.testing.assert_allclose(matrix @ [3, 3, 1], [4, 3], atol=1e-6)


@pytest.mark.parametrize("degrees", [-25.0, 10.0])
def test_shear_is_torchvisions(degrees):
    picture = torch.from_numpy(np.random.default_rng(0).random((1, 31, 41)).astype(np.float32))
    expected = affine(picture, angle=0, translate=[0, 0], scale=1, shear=[degrees, 0], interpolation=BILINEAR)
    matrix = matrix_of(shear=degrees, input_size=(31, 41), source_size=(31, 41))
    found = cv2.warpAffine(picture[0].numpy(), matrix, (41, 31), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    np.testing.assert_allclose(found, expected[0], atol=0.02)  # OpenCV has 32 positions between pixels


def test_what_is_sheared_was_rotated_before():
    turned, leaning, both = matrix_of(degrees=30), matrix_of(shear=20), matrix_of(degrees=30, shear=20)
    whole = [np.vstack([matrix, [0, 0, 1]]) for matrix in (turned, leaning, both)]
    np.testing.assert_allclose(whole[0] @ whole[1], whole[2], atol=1e-6)


def test_each_axis_of_a_rectangle_has_its_own_scale_and_margin():
    matrix = centre_crop_matrix((128, 224), (137, 236), (274, 236))
    np.testing.assert_allclose(matrix, [[1, 0, 6], [0, 2, 2 * 4 + 0.5]])  # 4.5 rows are rounded to the even 4
    halved = matrix_of(input_size=(2, 4), source_size=(4, 16))
    np.testing.assert_allclose(halved, [[4, 0, 1.5], [0, 2, 0.5]])


@pytest.mark.parametrize(
    ("input_size", "scale_size", "source_size", "offset"),
    [(112, 124, 124, 6), (190, 210, 210, 10), (112, 125, 125, 6), (112, 127, 127, 8), (4, 4, 8, 0.5)],
)
def test_centre_crop_starts_where_torchvision_starts(input_size, scale_size, source_size, offset):
    # torchvision rounds half pixels to even: 6.5 to 6, 7.5 to 8
    matrix = centre_crop_matrix(input_size, scale_size, source_size)
    np.testing.assert_allclose(matrix, [[source_size / scale_size, 0, offset], [0, source_size / scale_size, offset]])


@pytest.mark.parametrize(
    ("scale", "ratio"),
    [((0.85, 0.9), (0.875, 1.143)), ((0.08, 1.0), (3 / 4, 4 / 3)), ((0.8, 1.0), (0.5, 2.0))],
    ids=["reference recipe", "Inception", "many attempts fail"],
)
def test_crops_are_distributed_as_torchvisions(scale, ratio):
    side, count = 1000, 3000  # so many pixels that torchvision's rounding does not show
    torch.manual_seed(0)
    image = torch.empty(1, side, side)
    expected = np.array([RandomResizedCrop.get_params(image, list(scale), list(ratio)) for _ in range(count)]) / side
    rng = np.random.default_rng(1)
    crops = random_resized_crops(rng.random((count, 10, 2)), rng.random((count, 2)), scale, ratio)
    for found, column in zip((crops.top, crops.left, crops.height, crops.width), expected.T, strict=True):
        assert stats.ks_2samp(found, column).pvalue > 1e-3


def test_crops_lie_inside_the_image_within_bounds():
    rng = np.random.default_rng(1)
    crops = random_resized_crops(rng.random((5000, 10, 2)), rng.random((5000, 2)), (0.2, 1.0), (0.5, 2.0))
    assert min(crops.left.min(), crops.top.min()) >= 0
    assert (crops.left + crops.width).max() <= 1 + 1e-9
    assert (crops.top + crops.height).max() <= 1 + 1e-9
    area, ratio = crops.width * crops.height, crops.width / crops.height
    assert area.min() >= 0.2 - 1e-9
    assert area.max() <= 1 + 1e-9
    assert ratio.min() >= 0.5 - 1e-9
    assert ratio.max() <= 2 + 1e-9


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [((2.0, 3.0), (0, 0.25, 1, 0.5)), ((1 / 3, 1 / 2), (0.25, 0, 0.5, 1)), ((0.9, 1.2), (0, 0, 1, 1))],
    ids=["wide", "tall", "whole"],
)
def test_without_a_fitting_attempt_the_crop_is_centred_and_as_large_as_the_ratio_allows(ratio, expected):
    never_fits = np.full((1, 10, 2), [0.0, 0.99])  # torchvision's fallback, for an area of which no such shape fits
    crops = random_resized_crops(never_fits, np.zeros((1, 2)), (0.999, 1.0), ratio)
    np.testing.assert_allclose([value[0] for value in crops], expected, atol=1e-9)
