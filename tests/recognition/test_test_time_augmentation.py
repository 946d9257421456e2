import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.functional import center_crop, five_crop, hflip, ten_crop

from mojika.errors import UserError
from mojika.recognition.test_time_augmentation import views_of


def drawn_crops(size: int, channels: int) -> np.ndarray:
    """Two crops of noise, `(2, C, S, S) uint8`: the hardest pixels for a filter that overshoots."""
    return np.random.default_rng(size).integers(0, 256, (2, channels, size, size)).astype(np.uint8)


def views(crops: np.ndarray, input_size: int, count: int | str) -> np.ndarray:
    found = views_of(torch.from_numpy(crops), input_size, count)
    assert found.dtype == torch.float32
    return found.unflatten(0, (len(crops), -1)).numpy()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("size", "input_size"), [(12, 8), (13, 8), (15, 8), (124, 112), (8, 8)])
def test_pure_crops_have_exactly_the_pixels_of_torchvisions_five_crop(size, input_size, channels):
    crops = drawn_crops(size, channels)
    expected = np.stack([np.stack(five_crop(torch.from_numpy(crop), [input_size] * 2)) for crop in crops])
    np.testing.assert_array_equal(views(crops, input_size, 5), expected)
    np.testing.assert_array_equal(views(crops, input_size, 7)[:, :5], expected)
    np.testing.assert_array_equal(views(crops, input_size, 1), expected[:, 4:])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("size", "input_size", "quarter"), [(12, 8, 1), (15, 8, 1), (124, 112, 3), (210, 190, 5)])
def test_half_way_and_whole_views_are_pillows_within_one_level(size, input_size, quarter, channels):
    crops = drawn_crops(size, channels)
    for found, crop in zip(views(crops, input_size, 7), crops, strict=True):
        image = Image.fromarray(crop.transpose(1, 2, 0).squeeze())
        inner = image.crop((quarter, quarter, size - quarter, size - quarter))
        for view, part in zip(found[5:], (inner, image), strict=True):
            expected = np.asarray(part.resize((input_size, input_size), Image.Resampling.BICUBIC), np.float32)
            difference = np.abs(view.transpose(1, 2, 0).reshape(expected.shape) - expected)
            assert difference.max() <= 1 and (difference > 0).mean() < 0.01


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("size", "input_size"), [(13, 8), (15, 8), (124, 112), (8, 8)])
def test_ten_views_are_torchvisions_ten_crop(size, input_size, channels):
    crops = drawn_crops(size, channels)
    expected = np.stack([np.stack(ten_crop(torch.from_numpy(crop), [input_size] * 2)) for crop in crops])
    np.testing.assert_array_equal(views(crops, input_size, 10), expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("size", "input_size"), [(13, 8), (15, 8), (124, 112), (210, 190)])
def test_six_inner_ten_and_twenty_views_are_those_of_2019(size, input_size, channels):
    """The inner corners are those of the crop without its border; Pillow's bilinear filter makes the whole crop."""
    border = (size - input_size) // 4
    crops = drawn_crops(size, channels)
    shown = (views(crops, input_size, name) for name in (6, "10-inner", 20))
    for six, ten, both, crop in zip(*shown, crops, strict=True):
        for own, image in ((ten, torch.from_numpy(crop)), (both[10:], hflip(torch.from_numpy(crop)))):
            expected = five_crop(image, [input_size] * 2)
            inner = five_crop(center_crop(image, [size - 2 * border] * 2), [input_size] * 2)[:4]
            np.testing.assert_array_equal(own[:9], np.stack([*expected, *inner]))
            whole = Image.fromarray(image.numpy().transpose(1, 2, 0).squeeze())
            scaled = np.asarray(whole.resize((input_size, input_size), Image.Resampling.BILINEAR), np.float32)
            difference = np.abs(own[9].transpose(1, 2, 0).reshape(scaled.shape) - scaled)
            assert difference.max() <= 2 and (difference > 0).mean() < 0.1
        np.testing.assert_array_equal(both[:10], ten)
        np.testing.assert_array_equal(six, ten[[0, 1, 2, 3, 4, 9]])


def test_views_of_a_rectangle_have_its_corners_and_pillows_scaling():
    crops = np.random.default_rng(0).integers(0, 256, (2, 1, 13, 24)).astype(np.uint8)
    found = views(crops, (8, 20), 7)
    expected = np.stack([np.stack(five_crop(torch.from_numpy(crop), [8, 20])) for crop in crops])
    np.testing.assert_array_equal(found[:, :5], expected)
    for own, crop in zip(found, crops, strict=True):
        image = Image.fromarray(crop[0])
        for view, part in zip(own[5:], (image.crop((1, 1, 23, 12)), image), strict=True):
            scaled = np.asarray(part.resize((20, 8), Image.Resampling.BICUBIC), np.float32)
            assert np.abs(view[0] - scaled).max() <= 1
    with pytest.raises(UserError, match="at least 8x30 pixels, the model's input size, found 13x24"):
        views(crops, (8, 30), 5)


def test_without_a_margin_all_views_are_the_crop():
    crops = drawn_crops(8, 3)
    np.testing.assert_array_equal(views(crops, 8, 7), np.repeat(crops[:, None], 7, axis=1))


def test_an_input_larger_than_the_crop_is_named():
    with pytest.raises(UserError, match="at least 9 pixels, the model's input size, found 8"):
        views(drawn_crops(8, 1), 9, 5)


def test_other_numbers_of_views_have_no_meaning():
    with pytest.raises(ValueError, match="expected views 1, 5, 6, 7, 10, 10-inner, 20, found 8"):
        views(drawn_crops(8, 1), 8, 8)


@pytest.mark.gpu
def test_a_gpu_makes_the_same_views():
    crops = torch.from_numpy(drawn_crops(124, 3))
    difference = (views_of(crops.cuda(), 112, 7).cpu() - views_of(crops, 112, 7)).abs()
    assert difference.max() <= 1 and (difference > 0).float().mean() < 1e-3
